-- Reference data for benchmarks, the same on every machine: at most one line a day, campaign, region and product line
-- (120 campaigns × 20 regions × 4 product lines), deterministic by PostgreSQL's own hash.
-- %(rows)s rows over %(days)s days that end on 2026-11-21.
SELECT d.day, 'Channel ' || (c.campaign %% 12 + 1) AS channel, 'Campaign ' || (c.campaign + 1) AS campaign,
    'Region ' || (c.region + 1) AS region, 'Product ' || (c.product + 1) AS product,
    f.impressions, f.clicks, f.leads, f.orders, f.new_customers,
    round(f.orders * (20 + 25 * c.product + (h.h3 %% 2500) / 100.0), 2) AS revenue,
    round(f.clicks * (0.20 + 0.10 * (c.campaign %% 12)) * (0.8 + (h.h4 %% 400) / 1000.0), 2) AS cost
FROM generate_series(0, %(rows)s - 1) AS i
CROSS JOIN LATERAL (SELECT (i::bigint * %(days)s / %(rows)s)::int AS n) AS a
CROSS JOIN LATERAL (
    SELECT DATE '2026-11-21' - (%(days)s - 1) + a.n AS day,
        ((i - ((a.n::bigint * %(rows)s + %(days)s - 1) / %(days)s)) * 7919 + a.n * 13) %% 9600 AS cell) AS d
CROSS JOIN LATERAL (
    SELECT (d.cell %% 120)::int AS campaign, (d.cell / 120 %% 20)::int AS region, (d.cell / 2400)::int AS product) AS c
CROSS JOIN LATERAL (
    SELECT hashint8extended(i, 11) & 2147483647 AS h1, hashint8extended(i, 22) & 2147483647 AS h2,
        hashint8extended(i, 33) & 2147483647 AS h3, hashint8extended(i, 44) & 2147483647 AS h4) AS h
CROSS JOIN LATERAL (SELECT 500 + (h.h1 %% 20000) AS impressions) AS f0
CROSS JOIN LATERAL (SELECT f0.impressions, f0.impressions * (10 + h.h2 %% 40) / 1000 AS clicks) AS f1
CROSS JOIN LATERAL (SELECT f1.impressions, f1.clicks, (f1.clicks * (50 + h.h3 %% 150) / 1000)::int AS leads) AS f2
CROSS JOIN LATERAL (
    SELECT f2.*, (f2.leads * (100 + h.h4 %% 300) / 1000)::int AS orders,
        (f2.leads * (100 + h.h4 %% 300) / 1000 * (200 + h.h1 %% 500) / 1000)::int AS new_customers) AS f
