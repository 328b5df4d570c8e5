export { openApiKeys, scopes, type ApiKey, type ApiKeys, type Scope } from "./api-keys.ts";
export { failureOf, TryLaterError, type Failure, type FailureKind } from "./failures.ts";
export { addGuard, type GuardOptions } from "./guard.ts";
export { createKeptFile, type KeptFile } from "./kept-file.ts";
export { isLoopback } from "./loopback.ts";
export { problemSchema, sendProblem, type Problem } from "./problem.ts";
export { serveMetrics, type MetricsServer } from "./serve-metrics.ts";
export { createRateLimit, type RateLimit } from "./rate-limit.ts";
export { addPeople, roleRefused, type SignedIn } from "./people/add-people.ts";
export { hashPassword } from "./people/passwords.ts";
export {
  createPeople,
  SignInLimitedError,
  type People,
  type PeopleOptions,
  type Person,
  type PersonEvent,
} from "./people/people.ts";
export { may, roleNames, rolesWith, type Right, type Role } from "./people/roles.ts";
export { changeUsers, readUsers, userNameSchema, type User } from "./people/users-file.ts";
