"""Things every app may use: periods, numbers, outbound HTTP. No tables, and no app is imported here."""
