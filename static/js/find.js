// Ctrl-K finds; ? says what keys do.
"use strict";
