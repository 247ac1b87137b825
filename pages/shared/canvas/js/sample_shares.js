const ROUNDING = 1e-6;

/** The shares of dead, linear and nonlinear samples; the last is what the first two leave, but for rounding. */
export function sampleShares(dead, linear) {
  const rest = 1 - dead - linear;
  return [dead, linear, rest > ROUNDING ? rest : 0];
}
