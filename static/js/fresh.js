// New data shows by itself on pages that only read, while somebody looks.
"use strict";
