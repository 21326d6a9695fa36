package assessment

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

const oneDay = 24 * time.Hour

// backupLimit returns the age that the newest backup may have by the backup policy, and false if its frequency is no
// duration.
func backupLimit(policy Attestation) (time.Duration, bool) {
	frequency, ok := parseFrequency(fieldText(policy.Fields, "frequency"))
	return tolerate(frequency), ok
}

// tolerate adds a quarter to an interval: a backup takes time, and schedulers start it late.
func tolerate(interval time.Duration) time.Duration { return interval + interval/4 }

// durationPattern matches a number with a unit, in English or French.
var durationPattern = regexp.MustCompile(
	`\b([1-9][0-9]{0,3})\s*(h|hours?|heures?|d|days?|j|jours?|w|weeks?|semaines?)\b`)

// frequencyWords returns words for a frequency, in lower case.
func frequencyWords() map[string]time.Duration {
	return map[string]time.Duration{
		"hourly":       time.Hour,
		"horaire":      time.Hour,
		"daily":        oneDay,
		"nightly":      oneDay,
		"quotidien":    oneDay,
		"quotidienne":  oneDay,
		"weekly":       7 * oneDay,
		"hebdomadaire": 7 * oneDay,
		"monthly":      31 * oneDay,
		"mensuel":      31 * oneDay,
		"mensuelle":    31 * oneDay,
	}
}

// parseFrequency reads a frequency such as "24h", "every 7 days" or "quotidienne". Of several, the first counts.
func parseFrequency(text string) (time.Duration, bool) {
	text = strings.ToLower(text)
	if match := durationPattern.FindStringSubmatch(text); match != nil {
		number, _ := strconv.Atoi(match[1])
		unit := time.Hour
		switch match[2][0] {
		case 'd', 'j':
			unit = oneDay
		case 'w', 's':
			unit = 7 * oneDay
		}
		return time.Duration(number) * unit, true
	}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == ';' }) {
		if interval, ok := frequencyWords()[word]; ok {
			return interval, true
		}
	}
	return 0, false
}

// cronInterval returns the longest time between two runs of a schedule in the syntax of cron, or zero if it cannot be
// read. CloudNativePG writes seconds before the five fields.
func cronInterval(schedule string) time.Duration {
	if every, ok := strings.CutPrefix(schedule, "@every "); ok {
		interval, _ := time.ParseDuration(strings.TrimSpace(every))
		return interval
	}
	for name, interval := range map[string]time.Duration{
		"@hourly": time.Hour, "@daily": oneDay, "@midnight": oneDay, "@weekly": 7 * oneDay, "@monthly": 31 * oneDay,
		"@yearly": 366 * oneDay, "@annually": 366 * oneDay,
	} {
		if strings.HasPrefix(schedule, name) { // k8up appends "-random"
			return interval
		}
	}
	fields := strings.Fields(schedule)
	if len(fields) > 0 && strings.Contains(fields[0], "=") { // CRON_TZ=Europe/Paris
		fields = fields[1:]
	}
	if len(fields) == 6 {
		fields = fields[1:]
	}
	if len(fields) != 5 {
		return 0
	}
	isAny := func(field string) bool { return field == "*" || field == "?" || field == "*/1" }
	switch {
	case !isAny(fields[3]):
		return 366 * oneDay
	case !isAny(fields[2]):
		return 31 * oneDay
	case !isAny(fields[4]):
		return 7 * oneDay
	}
	return oneDay
}
