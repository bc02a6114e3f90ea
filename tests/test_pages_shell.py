"""The frame around the pages: themes, languages, who is shown where to go, and what a first load weighs."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import translation

from dashboards import context, navigation, palette, specimens
from dashboards.pieces import Progress
from dashboards.templatetags.lights import light
from tests import people
from tests.dashboards.colour import contrast

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
TOKENS = (ROOT / "static/css/tokens.css").read_text()
VENDOR = ROOT / "static/vendor"
LOOK_OF_LIGHTS = {
    "light": {"green": "#18794e", "yellow": "#946800", "red": "#c62a2f", "grey": "#687076"},
    "dark": {"green": "#4cc38a", "yellow": "#f0c000", "red": "#ff6369", "grey": "#9ba1a6"},
}


# -- Theme and language --------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("cookie", "shown"), [(None, "auto"), ("dark", "dark"), ("light", "light"), ('"><script>', "auto")]
)
def test_the_page_arrives_in_the_theme_that_was_chosen(
    client: Client, cookie: str | None, shown: str
) -> None:
    if cookie is not None:
        client.cookies["theme"] = cookie
    assert f'data-bs-theme="{shown}"' in client.get("/accounts/login/").content.decode()


@pytest.mark.django_db
def test_choosing_a_theme_works_without_a_script(client: Client) -> None:
    answer = client.post("/theme/", {"theme": "dark", "next": "/accounts/login/"})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/")
    assert answer.cookies["theme"].value == "dark"


@pytest.mark.django_db
def test_choosing_a_theme_leads_to_no_other_site(client: Client) -> None:
    answer = client.post("/theme/", {"theme": "neon", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"
    assert "theme" not in answer.cookies


@pytest.mark.django_db
def test_a_click_turns_the_page_to_chinese_and_says_so_to_screen_readers(client: Client) -> None:
    client.post("/language/", {"language": "zh-hans", "next": "/"})
    page = client.get("/accounts/login/").content.decode()
    assert '<html lang="zh-Hans"' in page
    assert "登录" in page
    assert ">English<" in re.sub(r"\s*\n\s*", "", page)


# -- Where to go ---------------------------------------------------------------------------------


def shell_of(person: Any) -> context.Shell:
    request = RequestFactory().get("/")
    request.user = person
    return context.Shell(request)


def places(shell: context.Shell) -> set[str]:
    with translation.override("en"):
        return {str(link.label) for group in shell.navigation for link in group.links}


@pytest.mark.django_db
def test_ada_is_shown_people_and_charlie_is_not() -> None:
    assert "People" in places(shell_of(people.ada()))
    assert "People" not in places(shell_of(people.charlie()))


@pytest.mark.django_db
def test_pages_that_nobody_built_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    dreams = navigation.Group("Later", (navigation.Place("Moon base", "moon:base", "tree"),))
    monkeypatch.setattr(context, "NAVIGATION", (dreams,))
    assert shell_of(people.bob()).navigation == []


@pytest.mark.django_db
def test_mallory_at_a_strange_address_gets_our_page(client: Client) -> None:
    client.force_login(people.mallory())
    answer = client.get("/no/such/page/")
    assert answer.status_code == 404
    assert "Nothing at this address" in answer.content.decode()


@pytest.mark.django_db
def test_the_style_guide_is_for_administrators(client: Client) -> None:
    client.force_login(people.charlie())
    assert client.get("/styleguide/").status_code == 404
    client.force_login(people.ada())
    assert client.get("/styleguide/").status_code == 200


# -- Pieces --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "reason", "english", "chinese"),
    [
        ("green", "", "● on plan", "● 达标"),
        ("yellow", "", "▲ behind", "▲ 预警"),
        ("red", "", "■ off plan", "■ 告警"),
        ("grey", "", "○ no data", "○ 无数据"),
        ("grey", "no_target", "○ no target", "○ 无目标"),
        ("purple", "", "○ no data", "○ 无数据"),
    ],
)
def test_a_light_has_its_shape_and_its_word(status: str, reason: str, english: str, chinese: str) -> None:
    for language, wanted in (("en", english), ("zh-hans", chinese)):
        with translation.override(language):
            text = re.sub(r"<[^>]*>", " ", light(status, reason))
        assert " ".join(text.split()) == wanted


@pytest.mark.django_db
def test_a_tile_reads_without_any_script() -> None:
    with translation.override("en"):
        html = render_to_string("_key_figure.html", {"figure": specimens.key_figures()[0]})
    said = " ".join(re.sub(r"<[^>]*>", " ", html).split())
    for words in ("Revenue", "behind", "¥8.42M", "93.4%", "¥9.01M", "¥12.8M", "−6.2%", "to 21 Nov"):
        assert words in said
    assert 'data-exact="¥8,421,300.50"' in html
    assert 'aria-label="Actual ¥8.42M, Expected by now ¥9.01M, Target ¥12.8M"' in html


def test_a_name_with_markup_in_it_stays_a_name() -> None:
    html = render_to_string("_empty.html", {"title": "<script>alert(1)</script>", "text": ""})
    assert "<script>" not in html


def test_finished_work_asks_no_more() -> None:
    running = render_to_string(
        "_progress.html", {"progress": Progress("f.csv", "running", 5, 41, 75, url="/p/")}
    )
    done = render_to_string("_progress.html", {"progress": Progress("f.csv", "done", 5, 100)})
    assert 'hx-get="/p/"' in running
    assert "41%" in running
    assert "hx-get" not in done


@pytest.mark.django_db
def test_every_row_of_a_table_names_its_values_for_the_phone() -> None:
    html = render_to_string("_lights_table.html", {"table": specimens.channels()})
    rows = re.findall(r"<tr.*?</tr>", html.split("<tbody>")[1], re.S)
    assert all(row.count("data-label=") == len(specimens.channels().columns) for row in rows)


# -- Policy --------------------------------------------------------------------------------------


def test_no_template_holds_what_the_policy_forbids() -> None:
    wrong = []
    for path in TEMPLATES:
        # Mails are read elsewhere, where a stylesheet would not be.
        if path.name.startswith("mail"):
            continue
        text = re.sub(r"\{% comment %\}.*?\{% endcomment %\}", "", path.read_text(), flags=re.S)
        text = re.sub(r"\{%.*?%\}", "", text, flags=re.S)  # tags name their values as attributes are written
        if re.search(r"<style|\sstyle=|\son\w+=|javascript:|<script(?![^>]*(src=|application/json))", text):
            wrong.append(path.name)
    assert not wrong


def test_the_lock_says_no_download_address() -> None:
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()


# -- Colours -------------------------------------------------------------------------------------


def block(pattern: str) -> dict[str, str]:
    found = re.search(pattern + r"\s*\{([^}]*)\}", TOKENS)
    assert found
    return dict(re.findall(r"(--[\w-]+):\s*([^;]+);", found[1]))


LIGHT = block(r'\[data-bs-theme="auto"\]')
DARK = block(r'/\* dark \*/\s*\[data-bs-theme="dark"\]')


def test_the_systems_dark_theme_is_the_chosen_one() -> None:
    assert block(r'/\* the same once more \*/\s*\[data-bs-theme="auto"\]') == DARK


@pytest.mark.parametrize(("theme", "css"), [("light", LIGHT), ("dark", DARK)])
def test_lights_have_the_agreed_colours(theme: str, css: dict[str, str]) -> None:
    assert {name: css[f"--pl-light-{name}"] for name in LOOK_OF_LIGHTS[theme]} == LOOK_OF_LIGHTS[theme]
    assert LOOK_OF_LIGHTS[theme] == (palette.LIGHTS_LIGHT if theme == "light" else palette.LIGHTS_DARK)


@pytest.mark.parametrize(("css", "series"), [(LIGHT, palette.SERIES_LIGHT), (DARK, palette.SERIES_DARK)])
def test_the_server_and_the_stylesheet_agree_on_series(css: dict[str, str], series: tuple[str, ...]) -> None:
    assert tuple(css[f"--pl-series-{number}"] for number in range(1, 9)) == series


@pytest.mark.parametrize("css", [LIGHT, DARK], ids=["light", "dark"])
def test_words_are_legible_on_what_lies_under_them(css: dict[str, str]) -> None:
    for ink in ("ink", "ink-soft", "accent", "light-green", "light-yellow", "light-red", "light-grey"):
        assert contrast(css[f"--pl-{ink}"], css["--pl-surface"]) >= 4.5, ink
    for name in ("green", "yellow", "red", "grey"):
        assert contrast(css[f"--pl-light-{name}"], css[f"--pl-light-{name}-soft"]) >= 4.5, name
    assert contrast(css["--pl-accent-ink"], css["--pl-accent"]) >= 4.5
    for end in ("low", "high"):
        assert contrast(css["--pl-ink"], css[f"--pl-heat-{end}"]) >= 4.5
    for number in range(1, 9):
        assert contrast(css[f"--pl-series-{number}"], css["--pl-surface"]) >= 3


# -- What a first load weighs ----------------------------------------------------------------------

built = pytest.mark.skipif(
    not VENDOR.exists(), reason="no front-end assets here; `npm ci && npm run build` makes them"
)


def wire(path: Path) -> int:
    data = path.read_bytes()
    return len(data) if path.suffix == ".woff2" else len(gzip.compress(data, 9))


def named_by(template: Path) -> set[Path]:
    """The styles and scripts that a template asks for by itself."""
    names = re.findall(
        r"""{% static ['"]((?:css|js|vendor)/[^'"]+\.(?:css|js))['"] %}""", template.read_text()
    )
    return {ROOT / "static" / name for name in names}


@built
def test_the_first_load_of_every_page_stays_light() -> None:
    """A page loads the frame's files and its own; charts come after what is read first."""
    later = {
        VENDOR / "plotly.js",
        VENDOR / "plotly-zh-cn.js",
        VENDOR / "plotly.css",
        ROOT / "static/js/chart-look.js",
    }
    frame = named_by(ROOT / "templates/base.html") - later | {VENDOR / "inter-latin.woff2"}
    assert {VENDOR / "tabler.css", VENDOR / "htmx.js", ROOT / "static/css/app.css"} <= frame
    charts = sum(map(wire, later))
    for template in (ROOT / "templates").rglob("*.html"):
        before = sum(map(wire, frame | named_by(template) - later))
        assert before < 150_000, template
        assert before + charts < 600_000, template


@pytest.mark.parametrize("sheet", sorted((ROOT / "static/css").glob("*.css")), ids=lambda sheet: sheet.stem)
def test_a_sheet_closes_what_it_opens_so_that_no_rule_holds_on_paper_alone(sheet: Path) -> None:
    rules = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)
    assert rules.count("{") == rules.count("}")


@built
def test_no_template_uses_a_class_that_the_build_left_out() -> None:
    source = ROOT / "node_modules/@tabler/core/dist/css/tabler.min.css"
    if not source.exists():
        pytest.skip("node_modules is not here to compare with")

    def classes(css: str) -> set[str]:
        return set(re.findall(r"\.(-?[_a-zA-Z][\w-]*)", re.sub(r"/\*.*?\*/", "", css, flags=re.S)))

    lost = classes(source.read_text()) - classes((VENDOR / "tabler.css").read_text())
    used = {
        word
        for path in TEMPLATES
        for value in re.findall(r'class="([^"]*)"', path.read_text())
        for word in re.sub(r"\{[%{].*?[%}]\}", " ", value).split()
    }
    assert not used & lost, "run `npm run build`"


# -- In a browser ----------------------------------------------------------------------------------

# A link that is stretched over its card is as large as the card.
SMALL = """() => [...document.querySelectorAll('a, button, input, select, textarea, summary, label.field-check')]
  .filter(one => one.checkVisibility() && !one.matches('.menu-box, .skip-link') && !one.closest('label, svg'))
  .map(one => {
    const cover = getComputedStyle(one, '::after');
    const stretched = cover.content !== 'none' && cover.position === 'absolute' && cover.inset === '0px';
    return [one.outerHTML.slice(0, 80), (stretched ? one.offsetParent : one).getBoundingClientRect()];
  })
  .filter(([, box]) => box.width && (box.height < 43.5 || box.width < 43.5)).map(([html]) => html)"""


def enter(page: Any, live_server: Any, client: Client, **cookies: str) -> list[str]:
    """Puts Ada's session into the browser; returns the list that gathers what the console complains about."""
    client.force_login(people.ada())
    cookies["sessionid"] = client.cookies["sessionid"].value
    page.context.add_cookies(
        [{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()]
    )
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


def to_the_end(page: Any) -> None:
    """Scrolls as a reader would, since charts are drawn when they come near."""
    for box in page.query_selector_all("[data-figure]"):
        box.scroll_into_view_if_needed()
        page.wait_for_function(
            "box => box.querySelector('.chart-canvas').dataset.state !== 'waiting'", arg=box
        )


@built
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_charts_are_drawn_under_the_strict_policy(page: Any, live_server: Any, client: Client) -> None:
    complaints = enter(page, live_server, client, django_language="zh-hans")
    answer = page.goto(f"{live_server.url}/styleguide/")
    assert "style-src 'self'" in answer.headers["content-security-policy"]
    to_the_end(page)
    states = page.eval_on_selector_all(
        "[data-figure] .chart-canvas", "all => all.map(one => one.dataset.state)"
    )
    assert states == ["drawn"] * 4 + ["failed"]  # the last is broken on purpose
    assert page.get_by_text("图表无法显示").count() == 1
    assert page.get_by_text("¥50万").count()
    assert complaints == []


@built
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_charts_are_drawn_once_and_before_anybody_scrolls(
    page: Any, live_server: Any, client: Client, language: str
) -> None:
    """What makes the last chart quick, by counts: Plotly draws a figure again where its words did not fit."""
    complaints = enter(page, live_server, client, django_language=language)
    page.goto(f"{live_server.url}/styleguide/")
    page.wait_for_function("() => !document.querySelector('.chart-canvas[data-state=waiting]')")
    assert page.evaluate("scrollY") == 0
    rooms = page.evaluate(
        """() => [...document.querySelectorAll('.js-plotly-plot')].map(({ _fullLayout: { _size, margin } }) =>
          ['l', 'r', 't', 'b'].map(side => [Math.round(margin[side]), _size[side]]))"""
    )
    assert len(rooms) == 4
    assert all(asked == taken for room in rooms for asked, taken in room), rooms
    cut = page.evaluate(
        """() => [...document.querySelectorAll('.js-plotly-plot')].flatMap(chart =>
          [...chart.querySelectorAll('.xtick text, .ytick text, .legendtext, .annotation-text')].filter(text => {
            const [box, around] = [text.getBoundingClientRect(), chart.getBoundingClientRect()];
            return box.left < around.left - 1 || box.right > around.right + 1 || box.bottom > around.bottom + 1 || box.top < around.top - 1;
          }).map(text => text.textContent))"""
    )
    assert cut == []
    assert complaints == []


@built
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_charts_follow_the_theme_without_a_reload(page: Any, live_server: Any, client: Client) -> None:
    complaints = enter(page, live_server, client, theme="light")
    page.goto(f"{live_server.url}/styleguide/")
    line = "[data-figure=figure-time] .trace:last-child path.js-line"
    page.wait_for_selector(line, state="attached")
    before = page.eval_on_selector(line, "path => getComputedStyle(path).stroke")
    page.get_by_role("button", name="Dark theme").click()
    page.wait_for_function(
        f"before => getComputedStyle(document.querySelector('{line}')).stroke !== before", arg=before
    )
    assert page.evaluate("document.cookie").count("theme=dark") == 1
    assert page.get_by_role("button", name="Dark theme").get_attribute("aria-pressed") == "true"
    assert complaints == []


@built
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [390, 820, 1440])
def test_nothing_sticks_out_and_fingers_find_everything(
    chromium: Any, live_server: Any, client: Client, width: int
) -> None:
    browsing = chromium.new_context(viewport={"width": width, "height": 844}, has_touch=True, is_mobile=True)
    page = browsing.new_page()
    enter(page, live_server, client)
    page.goto(f"{live_server.url}/styleguide/")
    to_the_end(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(SMALL) == []
    browsing.close()


@built
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_charlies_phone_without_scripts_has_figures_lights_and_a_menu(
    chromium: Any, live_server: Any, client: Client
) -> None:
    browsing = chromium.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = browsing.new_page()
    enter(page, live_server, client)
    page.goto(f"{live_server.url}/styleguide/")
    assert page.get_by_text("off plan").first.is_visible()
    assert page.get_by_text("¥8.42M").first.is_visible()
    assert not page.get_by_role("link", name="Areas").is_visible()
    page.locator("label.menu-button").click()
    assert page.get_by_role("link", name="Areas").is_visible()
    browsing.close()
