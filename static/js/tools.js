// The menu of what can be done with a page.
"use strict";
