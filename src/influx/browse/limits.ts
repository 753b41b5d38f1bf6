/** No more values of a tag are counted. */
export const MOST = 1000;
/** So many values of a tag are shown. */
export const FEW = 5;
