package provider

import (
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/scaleway/scaleway-sdk-go/validation"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// setting checks a value of the block where it is set: as in the official provider, an empty text is not. show tells
// whether the message may repeat the value.
func setting(name, allowed, fix string, show bool, valid func(string) bool) validator.String {
	return tfkit.Checked(name+" must be "+allowed+".", func(value string) error {
		if value == "" || valid(value) {
			return nil
		}
		refusal := &compliance.Refusal{Summary: name + " is malformed", Allowed: allowed, Fix: fix}
		if show {
			refusal.Found = strconv.Quote(value)
		}
		return refusal
	})
}

func accessKey() validator.String {
	return setting("access_key", "SCW and 17 capital letters or digits",
		"API keys are made at https://console.scaleway.com/iam/api-keys.", false, validation.IsAccessKey)
}

func secretKey() validator.String {
	return setting("secret_key", "a UUID, as in 00112233-4455-4677-8899-aabbccddeeff",
		"It is shown once, when the API key is made.", false, validation.IsSecretKey)
}

func uuid(name string) validator.String {
	return setting(
		name, "a UUID, as in 00112233-4455-4677-8899-aabbccddeeff", "The console shows it in the settings.", true,
		validation.IsUUID,
	)
}

func region() validator.String {
	return setting(
		"region", "a region: "+scaleway.Regions(), "A region has no number; "+`"fr-par-1" is a zone.`, true,
		scaleway.IsRegion,
	)
}

func zone() validator.String {
	return setting(
		"zone", "a zone: "+scaleway.Zones(), `A zone is a region with a number, as in "fr-par-1".`, true, scaleway.IsZone,
	)
}

// apiURL does not repeat the value: a URL can hold a password.
func apiURL() validator.String {
	return setting("api_url", "an address that starts with https:// or http://, with neither user name, query nor "+
		"fragment",
		"Leave it out for https://api.scaleway.com.", false, func(value string) bool {
			parsed, err := url.Parse(value)
			return err == nil && parsed.Host != "" && (parsed.Scheme == "https" || parsed.Scheme == "http") &&
				parsed.User == nil && parsed.RawQuery == "" && parsed.Fragment == ""
		})
}

// date checks a full-date of RFC 3339.
func date() validator.String {
	return tfkit.Checked("The value must be a day, as YYYY-MM-DD.", func(value string) error {
		if _, err := time.Parse(time.DateOnly, value); err == nil {
			return nil
		}
		return &compliance.Refusal{Summary: "The value is not a day", Found: strconv.Quote(value), Allowed: "YYYY-MM-DD, a " +
			"day of the calendar",
			Fix: `Write year, month and day, as in "2026-01-15".`}
	})
}

// host checks a host name or an IP address with an optional port.
func host() validator.String {
	return tfkit.Checked("The value must be a host name or an IP address, with an optional port.",
		func(value string) error {
			name, port, err := net.SplitHostPort(value)
			if err != nil {
				name, port = strings.Trim(value, "[]"), "6443"
			}
			number, err := strconv.Atoi(port)
			isName := name != "" && !strings.ContainsAny(name, "/:@?# ")
			if err == nil && number > 0 && number < 1<<16 && (isName || net.ParseIP(name) != nil) {
				return nil
			}
			return &compliance.Refusal{Summary: "The value is not the address of a host", Found: strconv.Quote(value),
				Allowed: "a host name or an IP address, with an optional port", Fix: `Leave out "https://" and any path, as in ` +
					`"10.0.0.4:6443".`}
		})
}
