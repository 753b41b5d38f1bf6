function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}

/** What expressions may call, row by row: nothing that reads files or settings, or whose result changes from call to call. */
export const SCALAR_FUNCTIONS = words(`
  + - * / // % ** ^ & | << >> ~ @ || ! !~~ ~~ ~~* !~~* ~~~ like_escape not_like_escape ilike_escape not_ilike_escape ^@
  abs ceil ceiling floor round trunc sqrt cbrt exp ln log log2 log10 pow power sign mod fmod greatest least pi gcd lcm even
  sin cos tan cot asin acos atan atan2 sinh cosh tanh radians degrees isnan isinf isfinite add subtract multiply divide
  lower upper lcase ucase trim ltrim rtrim length len strlen substring substr left right replace concat concat_ws contains
  prefix suffix starts_with ends_with split_part string_split str_split lpad rpad reverse instr position strpos translate
  regexp_matches regexp_full_match regexp_replace regexp_extract regexp_split_to_array format printf chr ascii unicode md5 sha256 hash
  nullif if typeof bar
  date_trunc datetrunc date_part datepart date_diff datediff date_sub datesub date_add year month day hour minute second millisecond
  microsecond quarter week weekofyear isoyear yearweek dayofweek isodow weekday dayofyear dayofmonth dayname monthname last_day
  epoch epoch_ms epoch_us epoch_ns to_timestamp make_date make_time make_timestamp make_timestamptz make_timestamp_ms make_timestamp_ns
  time_bucket timezone strftime strptime try_strptime
  to_years to_months to_weeks to_days to_hours to_minutes to_seconds to_milliseconds to_microseconds
  list_value list_extract list_element list_contains list_has array_extract array_contains struct_extract struct_pack row
  -> ->> json_extract json_extract_string json_extract_path json_extract_path_text json_array_length json_type json_valid
`);

/** Aggregates whose result is the same in whatever order rows come. */
const UNORDERED_AGGREGATES = words(`
  count count_star min max median quantile quantile_cont quantile_disc bool_and bool_or bit_and bit_or bit_xor mad
`);

/** Aggregates that are given an order, so that their result is the same from run to run, in the last bit too. */
export const ORDERED_AGGREGATES = words(`
  mean avg sum stddev stddev_samp stddev_pop variance var_samp var_pop first last product skewness kurtosis corr covar_pop covar_samp
  regr_slope regr_intercept regr_r2 regr_count mode arg_min arg_max min_by max_by
`);

export const AGGREGATES: ReadonlySet<string> = new Set([...UNORDERED_AGGREGATES, ...ORDERED_AGGREGATES]);
