#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""iperf-result.py NAME SIDE FILE: a result of iperf3 as a line of ours.

The value is what the receiver needed for so many bytes.
"""

import json
import sys

name, side, path = sys.argv[1:]
with open(path, encoding="utf-8") as f:
    told = json.load(f)
if "error" in told:
    sys.exit(f"iperf3: {told['error']}")
total = told["end"]["sum_received"]
print(json.dumps({"name": f"socket.{name}.{side}",
                  "value": round(total["seconds"] * 1e9), "unit": "ns",
                  "count": total["bytes"]}))
