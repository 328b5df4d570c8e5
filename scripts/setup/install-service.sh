#!/bin/sh
# What the services named need to run, from the lock file, for their container images: install-service.sh producer train-worker
set -eu
for service in "$@"; do set -- "$@" --workspace "@mammoflow/$service"; shift; done
npm ci --ignore-scripts --omit=dev --no-update-notifier "$@"
# npm takes a compiler along that a package names as an optional peer; editors' files stay out, too.
rm -rf node_modules/typescript node_modules/@typescript node_modules/@types
find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.md' ! -iname 'licen*' \) -delete
