"""How long the pages of feedback take with 200,000 answers and 20,000 complaints, nothing cached."""

from __future__ import annotations

import time
from contextlib import closing

import psycopg2
import redis

from config.bench.imports import manage
from config.bench.pages import PASSWORD, Reader
from config.bench.running import Site, head, row

ANSWERS, COMPLAINTS = 200_000, 20_000
OPEN = 1_000  # of them
AT_MOST = 0.15
TURNS = 9

# A company of 12 channels, 40 places in 8 regions and 4 product lines, somebody who reads, and somebody who handles.
FILL = """
from feedback.services.publishing import feedback_source
from organization.models import Scope
from organization.services import grant_role, make_node, make_person
person = make_person(username="reader", password=%(password)r, person=None)
grant_role(whom=person, role="manager", scope=Scope.objects.get(key="company"), person=None)
for n in range(12):
    make_node(dimension="channel", name=f"Channel {n}")
for n in range(8):
    region = make_node(dimension="region", name=f"Region {n}")
    for m in range(4):
        make_node(dimension="region", name=f"Place {n}-{m}", parent=region)
for n in range(4):
    make_node(dimension="product", name=f"Line {n}")
print(feedback_source().pk, person.pk)
"""
NODES = """
CREATE TEMP TABLE places AS SELECT dimension, id, row_number() OVER (PARTITION BY dimension ORDER BY id) - 1 AS n,
    count(*) OVER (PARTITION BY dimension) AS many FROM organization_node;
CREATE TEMP TABLE words (n int, text text);
INSERT INTO words SELECT row_number() OVER () - 1, text FROM unnest(ARRAY['', '', '物流太慢，等了三周才送到',
    '价格实惠，性价比高', '客服耐心，安装师傅专业', 'Delivery was late again', 'Good value for the price', '封边开胶了']) AS text
"""
ANSWER = """
INSERT INTO feedback_answer (day, source_id, detail, channel_id, region_id, product_id, segment, nps, csat, ratings,
    comment, language, origin)
SELECT current_date - 1 - (drawn.day * 730)::int, %(source)s, drawn.n, channel.id, region.id, product.id,
    (ARRAY['Homeowner', 'Designer', 'Trade'])[1 + drawn.n %% 3], least(10, (drawn.score * 14)::int), 1 + drawn.n %% 5,
    jsonb_build_object('quality', 1 + (drawn.a * 4)::int, 'price', 1 + (drawn.b * 4)::int,
        'delivery', 1 + (drawn.c * 4)::int), words.text, 'zh', 'file'
FROM (SELECT n, random() AS day, random() AS score, random() AS a, random() AS b, random() AS c
    FROM generate_series(1, %(many)s) AS n) AS drawn
JOIN words ON words.n = drawn.n %% 8
JOIN places AS channel ON channel.dimension = 'channel' AND channel.n = drawn.n %% channel.many
JOIN places AS region ON region.dimension = 'region' AND region.n = (drawn.n / 13) %% region.many
JOIN places AS product ON product.dimension = 'product' AND product.n = (drawn.n / 7) %% product.many
"""
MARK = """
INSERT INTO feedback_dirtyday (source_id, day, marked_at) SELECT DISTINCT source_id, day, now() FROM feedback_answer
"""
CAUSES = """
INSERT INTO feedback_cause (depth, name, made_at) SELECT 1, 'Cause ' || n, now() FROM generate_series(1, 12) AS n
"""
# Most are long solved; those that are open have their clocks.
COMPLAIN = """
INSERT INTO feedback_complaint (scope_id, day, received_at, came, category_id, severity, text, segment, state,
    assigned_to_id, assigned_why, level, answered_at, solved_at, answer_due_at, solve_due_at, look_at, cause_id, solution,
    reopened, revision, answer_minutes_taken, solve_minutes_taken, answer_breached_at)
SELECT scope.id, at::date, at, 'file', category.id, 1 + n %% 4, 'It came late, and the edges were chipped: ' || n, '',
    CASE WHEN n <= %(open)s THEN 'open' ELSE 'closed' END, %(person)s, '', 0, at + interval '40 minutes',
    CASE WHEN n > %(open)s THEN at + interval '20 hours' END, at + interval '1 hour', at + interval '3 days',
    CASE WHEN n <= %(open)s THEN now() + interval '3 days' END, CASE WHEN n > %(open)s THEN cause.id END, '', 0, 1,
    30 + n %% 50, 300 + n %% 2000, CASE WHEN n %% 9 = 0 THEN at + interval '1 hour' END
FROM (SELECT n, now() - (CASE WHEN n <= %(open)s THEN 20 ELSE 700 END * random()) * interval '1 day' AS at
    FROM generate_series(1, %(many)s) AS n) AS drawn
JOIN LATERAL (SELECT id FROM feedback_category ORDER BY id OFFSET drawn.n %% 6 LIMIT 1) AS category ON true
JOIN LATERAL (SELECT id FROM feedback_cause ORDER BY id OFFSET (drawn.n / 5) %% 12 LIMIT 1) AS cause ON true
JOIN (SELECT scope.id, places.n AS place FROM organization_scope AS scope JOIN places ON places.id = scope.node_id
    WHERE places.dimension = 'region') AS scope ON scope.place = drawn.n %% 40
"""
WORK = """
import time
from datetime import timedelta
from django.utils import timezone
from feedback.services.publishing import publish_next
from organization.models import Job
from organization.services.jobs import work_next_job
began = time.monotonic()
while publish_next(now=timezone.now()):
    pass
published = time.monotonic() - began
Job.objects.update(not_before=timezone.now() - timedelta(days=1))
began = time.monotonic()
while work_next_job(now=timezone.now()):
    pass
print(published, time.monotonic() - began)
"""
PAGES = (
    ("scores", "/feedback/"),
    ("scores of one region", "/feedback/?area=region:region-3"),
    ("what drives them", "/feedback/drivers/"),
    ("topics", "/feedback/topics/"),
    ("comments", "/feedback/answers/"),
    ("queue of complaints", "/feedback/complaints/?view=open"),
    ("board of complaints", "/feedback/board/"),
    ("causes", "/feedback/causes/"),
)


def fill(url: str) -> None:
    """An empty database with the answers, the complaints, and what follows from them."""
    head(f"Feedback: {ANSWERS:,} answers, {COMPLAINTS:,} complaints")
    manage(url, "migrate", "--verbosity", "0")
    said, *_rest = manage(url, "shell", "--verbosity", "0", "-c", FILL % {"password": PASSWORD})
    source, person = map(int, said.split())
    with closing(psycopg2.connect(url)) as db:
        db.autocommit = True
        with db.cursor() as cursor:
            cursor.execute("SELECT setseed(0.5)")
            cursor.execute(NODES)
            cursor.execute(ANSWER, {"source": source, "many": ANSWERS})
            cursor.execute(MARK)
            cursor.execute(CAUSES)
            cursor.execute(COMPLAIN, {"many": COMPLAINTS, "open": OPEN, "person": person})
            cursor.execute("VACUUM ANALYZE")
    said, *_rest = manage(url, "shell", "--verbosity", "0", "-c", WORK)
    published, analysed = map(float, said.split())
    row("two years of answers published", published)
    row("topics and drivers found", analysed)
    with closing(psycopg2.connect(url)) as db:
        db.autocommit = True
        db.cursor().execute("VACUUM ANALYZE")


def measure(site: Site) -> None:
    """Each page, on a running site."""
    reader = Reader(site, "reader")
    cache = redis.Redis.from_url(site.redis_url)
    with closing(psycopg2.connect(site.database_url)) as db, db.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM feedback_complaint")
        (complaint,) = cursor.fetchone() or (0,)
        cursor.execute("SELECT min(id) FROM feedback_topic")
        (topic,) = cursor.fetchone() or (0,)
    more = (("a complaint", f"/feedback/complaints/{complaint}/"), ("a topic", f"/feedback/topics/{topic}/"))
    for name, path in (*PAGES, *more):
        for _ in range(4):
            reader.get(path)  # every process has compiled its templates
        taken = []
        for _ in range(TURNS):
            cache.flushdb()
            began = time.monotonic()
            status, _etag, body = reader.get(path)
            taken.append(time.monotonic() - began)
            assert status == 200, (path, status)
            assert b"<h1" in body
        row(f"{name}, nothing cached", sorted(taken)[TURNS // 2], "", None, f"{AT_MOST} s")
