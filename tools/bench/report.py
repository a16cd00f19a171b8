#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Puts the raw results of the test machines side by side.

usage: report.py DIR

Reads raw in DIR/{uml,icount,memory,uml-data,icount-data,icount-layers,uml-sockets,
icount-sockets}, writes DIR/bench.json and prints a table: what was measured, what it is compared with, and the figure aimed at. Exits
with 0 whatever the figures are; a timing is not a test.
"""

import json
import os
import sys

# name, value, compared with, aim; values are looked up in the results.
RATIOS = [
    ("handler to completion / empty work item", "latency.update",
     "latency.empty_work", 1.2),
    ("invalidate: all dependents / one", "invalidate.dependents_all",
     "invalidate.dependents_1", 1.5),
]
# name, result, most it should be, unit
LIMITS = [
    ("update of one TCP object in trees of 1,000", "update.block", 200, "ns"),
    ("relinking a path, {:,} in one tree", "relink.path", 100, "ns"),
    ("initiate plus terminate of a connection", "churn.both", 1000, "ns"),
]
# name, result, native side, figure, least it should be; how many times the
# native side costs of it what the target does, the other end included.
DATA = [
    ("bulk, sending, GSO and GRO", "gso.bulk_send", "copy", "value", 1),
    ("  beside sendpage()", "gso.bulk_send", "page", "value", None),
    ("bulk, receiving, GSO and GRO", "gso.bulk_receive", "copy", "value", 1),
    ("bulk, sending, no GSO, no GRO", "plain.bulk_send", "copy", "value",
     1.25),
    ("  beside sendpage()", "plain.bulk_send", "page", "value", None),
    ("bulk, receiving, no GSO, no GRO", "plain.bulk_receive", "copy", "value",
     1.25),
    ("  with TcpAckFrequency 8", "rare.bulk_receive", "copy", "value", None),
    ("transactions of 64 bytes", "gso.transactions", "copy", "value", 1.5),
    ("goodput, 1 % loss, 20 ms", "loss.lossy_send", "copy", "elapsed", 1),
]


# name, result; what the native side takes of what the offloaded one does.
SOCKETS = [
    ("iperf3, sending", "socket.send"),
    ("iperf3, receiving", "socket.receive"),
    ("64-byte ping-pong through sockets", "socket.pingpong"),
]
# name, result; milliseconds without data
SILENCES = [
    ("silence, not moving, {}", "socket.silence.none"),
    ("silence while it is offloaded, {}", "socket.silence.offload"),
    ("silence while it is uploaded, {}", "socket.silence.upload"),
]


# What a layer is measured with: name, result, bytes of what is counted.
LAYERS = [
    ("block, update", "update.block", None),
    ("block, initiate", "churn.initiate", None),
    ("block, terminate", "churn.terminate", None),
    ("list, send, 1,000 bytes", "list_send.lists.offload", 1000),
    ("list, receive, 1,000 bytes", "list_receive.lists.offload", 1000),
]


def read(path):
    """Results by name; empty if that machine was not run."""
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as raw:
        rows = [json.loads(line) for line in raw if line.startswith("{")]
    return {row["name"]: row for row in rows}


def value(results, name):
    """The figure, or None."""
    return results[name]["value"] if name in results else None


def collect(results, unit):
    """Rows of the report for one machine that measures times."""
    rows = []
    for text, name, aim, _ in LIMITS:
        got = value(results, name)
        # They are moved three times.
        text = text.format(results.get(name, {}).get("count", 0) // 3)
        rows.append({"what": text, "value": got, "unit": unit,
                     "aim": aim if unit == "ns" else None,
                     "met": None if got is None or unit != "ns"
                     else got <= aim})
    for text, name, base, aim in RATIOS:
        got, beside = value(results, name), value(results, base)
        ratio = round(got / beside, 3) if got and beside else None
        rows.append({"what": text, "value": ratio, "unit": "ratio",
                     "aim": aim, "met": None if ratio is None
                     else ratio <= aim, "measured": got, "beside": beside})
    return rows


def cost(results, way, side, figure):
    """What a byte or a transaction takes, or None."""
    tag, name = way.split(".")
    row = results.get(f"{name}.{tag}.{side}")
    return row and row[figure] / row["count"]


def data(results):
    """Rows on the data path."""
    rows = []
    for text, way, side, figure, aim in DATA:
        got = cost(results, way, "offload", figure)
        beside = cost(results, way, side, figure)
        ratio = round(beside / got, 3) if got and beside else None
        rows.append({"what": text, "value": ratio, "unit": "times native",
                     "aim": aim, "least": True, "measured": got,
                     "beside": beside, "met": None if None in (ratio, aim)
                     else ratio >= aim})
    one, many = (results.get(f"crowd.gso.{what}") for what in ("one", "many"))
    if one and many:
        ratio = round(many["value"] / one["value"], 3)
        rows.append({"what": "transaction, 100,000 connections / one",
                     "value": ratio, "unit": "ratio", "aim": 1.25,
                     "met": ratio <= 1.25})
    for tag, text in (("gso", "merged"), ("plain", "single segments")):
        row = results.get(f"held.{tag}.bytes")
        if row:
            ratio = round(row["value"] / row["count"], 3)
            rows.append({"what": f"memory for a byte received, {text}",
                         "value": ratio, "unit": "bytes", "aim": 1.1,
                         "met": ratio <= 1.1})
    return rows


def memory(results):
    """Rows on memory."""
    row = results.get("memory.conn")
    if not row:
        return []
    return [{"what": f"an idle connection, {row['count']:,} at once",
             "value": row["value"], "unit": "bytes", "aim": 384,
             "met": row["value"] <= 384}]


def sockets(results):
    """Rows on live sockets."""
    rows = []
    for text, name in SOCKETS:
        sides = [results.get(f"{name}.{side}") for side in ("native",
                                                            "offload")]
        if None in sides:
            continue
        beside, got = (row["value"] / row["count"] for row in sides)
        rows.append({"what": text, "value": round(beside / got, 3),
                     "unit": "times native", "aim": 1, "least": True,
                     "measured": got, "beside": beside,
                     "met": beside >= got})
    for what, text in (("first", "offloaded for the first time"),
                       ("upload", "uploaded"), ("again", "offloaded again")):
        row = results.get(f"socket.moves.{what}")
        if row:
            rows.append({"what": f"sockets {text}",
                         "value": round(row["count"] * 1e9 / row["value"]),
                         "unit": "per second", "aim": None, "met": None})
    row = results.get("socket.moves.memory")
    if row:
        each = round(row["value"] / row["count"])
        rows.append({"what": "memory for an offloaded socket", "value": each,
                     "unit": "bytes", "aim": 512, "met": each <= 512})
    row = results.get("socket.moves.free")
    if row:
        rows.append({"what": "the same with the threads that moved it",
                     "value": round(row["value"] / row["count"]),
                     "unit": "bytes", "aim": None, "met": None})
    for text, name in SILENCES:
        for part in "p50", "p99":
            row = results.get(f"{name}.{part}")
            if row:
                rows.append({"what": text.format(part),
                             "value": round(row["value"] / 1e6, 3),
                             "unit": "ms", "aim": None, "met": None})
    return rows


def layers(results):
    """Rows on intermediate drivers: what one adds to what is there without."""
    rows = []
    for text, name, size in LAYERS:
        got = {}
        for depth in -1, 0, 1, 2:
            row = results.get(f"{name}@{depth}")
            if row:
                got[depth] = row["value"] * size / row["count"] if size \
                    else row["value"]
        if len(got) < 4:
            continue
        rows.append({"what": f"a {text}: one layer",
                     "value": round((got[2] - got[0]) / 2), "unit":
                     "instructions", "aim": None, "met": None,
                     "by depth": {depth: round(each) for depth, each
                                  in got.items()}})
    return rows


def show_layers(rows):
    """Prints the table of layers, which has columns of its own."""
    print("Intermediate drivers, instructions on one processor:")
    print(f"  {'':<30}{'no NDIS':>9}{'none':>9}{'one':>9}{'two':>9}"
          f"{'a layer':>9}")
    for row in rows:
        what = row["what"].partition(": ")[0]
        each = "".join(f"{value:>9}" for value in row["by depth"].values())
        print(f"  {what:<30}{each}{row['value']:>9}")


def show(title, rows):
    """Prints a table."""
    print(title)
    for row in rows:
        got = "not measured" if row["value"] is None else \
            f"{row['value']:g} {row['unit']}"
        aim = "" if row["aim"] is None else \
            f"at {'least' if row.get('least') else 'most'} {row['aim']:g}"
        met = {True: "met", False: "MISSED", None: ""}[row["met"]]
        print(f"  {row['what']:<45} {got:>18}  {aim:<14} {met}")


def main():
    """Merges, prints, writes."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    top = sys.argv[1]
    raw = {name: read(os.path.join(top, name, "raw"))
           for name in ("uml", "icount", "memory", "uml-data",
                        "icount-data", "icount-layers", "uml-sockets",
                        "icount-sockets")}
    report = {
        "times": collect(raw["uml"], "ns"),
        "instructions": collect(raw["icount"], "instructions"),
        "memory": memory(raw["memory"]),
        "data times": data(raw["uml-data"]),
        "data instructions": data(raw["icount-data"]),
        "layers": layers(raw["icount-layers"]),
        "socket times": sockets(raw["uml-sockets"]),
        "socket instructions": sockets(raw["icount-sockets"]),
        "raw": raw,
    }
    show("Times, User Mode Linux without debugging:", report["times"])
    show("Instructions, stock kernel on one processor:",
         report["instructions"])
    show("Memory, stock kernel with 2 GiB:", report["memory"])
    show("Data path, times on User Mode Linux:", report["data times"])
    show("Data path, instructions on one processor:",
         report["data instructions"])
    show_layers(report["layers"])
    show("Live sockets, times on User Mode Linux:", report["socket times"])
    show("Live sockets, instructions on one processor:",
         report["socket instructions"])
    with open(os.path.join(top, "bench.json"), "w", encoding="utf-8") as out:
        json.dump(report, out, indent=1)
        out.write("\n")


if __name__ == "__main__":
    main()
