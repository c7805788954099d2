"""A vendor's tool on pymodbus: does what the arguments say over ONE connection, prints one JSON line for each.

usage: pymodbus-session.py HOST PORT UNIT STEP...
  STEP  r:ADDRESS:COUNT        read holding registers
        w:ADDRESS:VALUE[,...]  write multiple registers
        s:ADDRESS:VALUE        write single register
        c:ADDRESS:0|1          write single coil
"""
import json
import sys

from pymodbus.client import ModbusTcpClient


def run(client, unit, step):
    kind, address, rest = step.split(":")
    address = int(address)
    if kind == "r":
        answer = client.read_holding_registers(address, int(rest), slave=unit)
    elif kind == "w":
        answer = client.write_registers(address, [int(v) for v in rest.split(",")], slave=unit)
    elif kind == "s":
        answer = client.write_register(address, int(rest), slave=unit)
    else:
        answer = client.write_coil(address, rest == "1", slave=unit)
    if answer.isError():
        return {"step": step, "exception": getattr(answer, "exception_code", None), "text": str(answer)}
    return {"step": step, "registers": getattr(answer, "registers", None)}


def main():
    host, port, unit, *steps = sys.argv[1:]
    client = ModbusTcpClient(host, port=int(port), timeout=5, retries=0)
    if not client.connect():
        print(json.dumps({"step": "connect", "exception": "refused"}))
        return
    for step in steps:
        print(json.dumps(run(client, int(unit), step)), flush=True)
    client.close()


main()
