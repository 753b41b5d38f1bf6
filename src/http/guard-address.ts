import { type LookupAddress, lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { KpiError } from "../core/errors.js";

/** Where clouds keep a machine's own credentials. Private networks stay open: plants live on them. */
const METADATA = new BlockList();
METADATA.addSubnet("169.254.0.0", 16, "ipv4");
METADATA.addAddress("100.100.100.200", "ipv4");
METADATA.addSubnet("fe80::", 10, "ipv6");
METADATA.addAddress("fd00:ec2::254", "ipv6");
METADATA.addSubnet("::ffff:169.254.0.0", 112, "ipv6");
METADATA.addAddress("::ffff:100.100.100.200", "ipv6");

/** Throws CONFIG_INVALID for an address that serves a machine's metadata. What is no address is left to `guardedLookup`. */
export function guardAddress(host: string): void {
  const address = host.replace(/^\[|\]$/g, "");
  const family = isIP(address);
  if (family !== 0 && METADATA.check(address, family === 6 ? "ipv6" : "ipv4"))
    throw new KpiError("CONFIG_INVALID", `Cannot call "${host}": its address is one at which machines keep their own credentials`, {
      hint: "kpi calls no such address, whatever name leads to it",
    });
}

/** Looks a name up and guards what it leads to: the socket connects to nothing else. */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error !== null) return callback(error, []);
    try {
      for (const { address } of addresses) guardAddress(address);
    } catch (refused) {
      return callback(refused as NodeJS.ErrnoException, []);
    }
    const [first] = addresses;
    return options.all === true ? callback(null, addresses) : callback(null, first?.address ?? "", first?.family);
  });
};
