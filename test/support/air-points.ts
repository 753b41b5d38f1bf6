import { toSpan } from "../../src/core/window.js";
import { hours, type InputQuery } from "./step-harness.js";

/** Points of two sensors in the first and the last of three hours, as the influxdb extractor gives them, with a duplicate and values missing. */
export const AIR_POINTS: InputQuery = {
  windowed: true,
  sql: `select window_start, window_start + interval (minute) minute as time, epoch_ns(window_start) + minute * 60000000000 as time_ns, sensor_id, co
    from (values (10, 5, 'a', 1.5::double), (10, 5, 'a', 1.75), (10, 6, 'b', 2.5), (10, 7, 'a', null), (12, 5, 'b', 7.0), (12, 8, 'a', 8.0), (12, 9, 'a', 9.5))
      as t(hour, minute, sensor_id, co), lateral (select make_timestamp(2026, 1, 1, hour, 0, 0) at time zone 'UTC' as window_start)`,
};

/** Facts about the sensors: they belong to no window. */
export const SENSORS: InputQuery = { sql: "select * from (values ('a', 'roof'), ('c', 'cellar')) as t(sensor_id, place)" };

export const AIR_WINDOWS = hours("2026-01-01T10:00:00Z", 3);
export const AIR_SPAN = toSpan(AIR_WINDOWS);
