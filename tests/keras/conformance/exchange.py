"""The folder through which run.py and conformance_probe speak.

cases.jsonl     a case a line: {"architecture": JSON text, "weights": file or null, "rows", "inputs": [tensor],
                "seeds": [tensor] for the outputs, "runs": [{"training", "shard_rows"}]}
given.f32       the tensors named there: {"first": element, "shape"}
results.jsonl   a line a case: {"refused": message}, {"broken": message}, or {"parameters": [{"name", "shape",
                "trainable"}], "runs": [{"output": [tensor], "mask": [tensor or null], and after training
                "input_gradient", "weight_gradient", "state": [tensor or null]}]}
computed.f32    the tensors named there
"""

import json
import math
import subprocess


class Exchange:
    def __init__(self, folder):
        self.folder, self.lines, self.elements = folder, [], 0
        self.given = (folder / "given.f32").open("wb")

    def tensor(self, values):
        import numpy as np

        values = np.asarray(values, "float32")
        self.given.write(values.tobytes())
        first, self.elements = self.elements, self.elements + values.size
        return {"first": first, "shape": list(values.shape)}

    def add(self, **case):
        self.lines.append(json.dumps(case))

    def compute(self, probe):
        """The results of all cases. A probe that dies in a case is started again for those behind it."""
        self.given.close()
        results, results_file = [], self.folder / "results.jsonl"
        while len(results) < len(self.lines):
            (self.folder / "cases.jsonl").write_text("\n".join(self.lines[len(results) :]) + "\n")
            results_file.write_text("")
            run = subprocess.run([probe, str(self.folder)], capture_output=True, text=True)
            results += [json.loads(line) for line in results_file.read_text().splitlines()]
            if len(results) < len(self.lines):
                results.append({"broken": f"the probe ended with {run.returncode}: {run.stderr.strip()[-200:]}"})
        return results

    def computed(self):
        import numpy as np

        file = self.folder / "computed.f32"
        return np.memmap(file, "float32", "r") if file.exists() and file.stat().st_size else np.empty(0, "float32")


def values_of(place, computed):
    """None for null."""
    if place is None:
        return None
    return computed[place["first"] : place["first"] + math.prod(place["shape"])].reshape(place["shape"])
