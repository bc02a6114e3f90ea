from __future__ import annotations

from django.urls import path

from channels.views import allocation, attribution, content, decisions, profiles, sides, tag_files

app_name = "channels"
urlpatterns = [
    path("channels/content/", content.content, name="content"),
    path("channels/content/<int:node_id>/", content.piece, name="piece"),
    path("channels/content/tags/", tag_files.tags, name="content_tags"),
    path("channels/content/tags/table/", tag_files.tag_table, name="content_tag_table"),
    path("channels/sides/", sides.sides, name="sides"),
    path("channels/sides/settings/", sides.settings, name="sides_settings"),
    path("channels/attribution/", attribution.attribution, name="attribution"),
    path("channels/attribution/run/", attribution.run, name="attribution_run"),
    path("channels/attribution/paths/", attribution.send_paths, name="attribution_paths"),
    path(
        "channels/attribution/paths/<int:pk>/remove/",
        attribution.remove_paths,
        name="attribution_paths_remove",
    ),
    path("channels/allocation/", allocation.allocation, name="allocation"),
    path("channels/allocation/what-if/", allocation.what_if, name="allocation_what_if"),
    path("channels/allocation/fit/", allocation.fit, name="allocation_fit"),
    path("channels/allocation/send/", allocation.send, name="allocation_send"),
    path("channels/decisions/", decisions.decisions, name="decisions"),
    path("channels/profile/<int:node_id>/", profiles.profile, name="profile"),
    path("channels/profile/<int:node_id>/propose/", profiles.propose, name="propose"),
]
