"""What customers are worth: tiers, cohorts, lifetime value, the funnel. Pure: no database, no clock.

Everything works on `Orders`, flat arrays of all orders, so that a million of them are six arrays and no objects.
Explained for people in docs/customer_value.md.
"""
