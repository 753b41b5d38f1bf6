// the sample is line protocol, so the influx room writes it; the command line knows this room alone
export { writeSample } from "../influx/write-sample.js";
