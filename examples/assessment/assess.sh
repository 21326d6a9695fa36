#!/bin/sh
# Assesses the clusters of srm.yaml and writes evidence and reports. The evidence of the run before is in the folder
# previous, if there was one. Exit codes are those of srm assess: 1 for an open deviation at or above fail_on, 2 for an
# error, 3 if nothing could be evaluated.
set -eu
language=${REPORT_LANGUAGE:-fr}
before=
[ ! -f previous/manifest.json ] || before=previous
if [ -n "$before" ]; then
	srm report --verify previous
fi

code=0
srm assess --config srm.yaml --evidence evidence --output assessment.json \
	${before:+--previous previous --baseline previous/assessment.json} || code=$?
case $code in
0 | 1) ;;
*) exit "$code" ;;
esac

mkdir -p reports
srm report --markdown reports/issue.md --language "$language" \
	${before:+--baseline previous/assessment.json} assessment.json
srm report --html reports/report.html --csv reports --calendar reports/dates.ics --language "$language" \
	${before:+--history previous} assessment.json
exit "$code"
