/** By which part of the larger one numbers of two tables may differ, where nobody says. */
export const TOLERANCE = 1e-9;
