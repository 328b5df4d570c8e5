/** Where a model's own page lies, seen from the run's report: the same in a folder, in a bucket and on the dashboard. */
export const modelAddress = (experiment: string): string => `../models/${encodeURIComponent(experiment)}/report.html`;

/** Where the run's report lies, seen from a model's page. */
export const reportAddress = "../../report/index.html";
