// Pages and targets without a network.
"use strict";
