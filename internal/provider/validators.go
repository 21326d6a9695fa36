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

// settingValidator returns a validator of an attribute of the provider block. As in the official provider, an empty
// string means that the attribute is not set. showValue reports whether the error may repeat the value.
func settingValidator(name, allowed, fix string, showValue bool, isValid func(string) bool) validator.String {
	return tfkit.StringValidator(name+" must be "+allowed+".", func(value string) error {
		if value == "" || isValid(value) {
			return nil
		}
		problem := &compliance.Problem{Summary: name + " is malformed", Allowed: allowed, Fix: fix}
		if showValue {
			problem.Found = strconv.Quote(value)
		}
		return problem
	})
}

func accessKey() validator.String {
	return settingValidator("access_key", "SCW, then 17 capital letters or digits",
		"Create an API key at https://console.scaleway.com/iam/api-keys, and copy its access key.", false,
		validation.IsAccessKey)
}

func secretKey() validator.String {
	return settingValidator("secret_key", "a UUID, as in 00112233-4455-4677-8899-aabbccddeeff",
		"Copy the secret key when you create an API key: the console shows it only once.", false,
		validation.IsSecretKey)
}

func uuid(name string) validator.String {
	return settingValidator(
		name, "a UUID, as in 00112233-4455-4677-8899-aabbccddeeff", "Copy the id from the settings page of the "+
			"console.",
		true, validation.IsUUID,
	)
}

func region() validator.String {
	return settingValidator(
		"region", "a region: "+scaleway.Regions(), `Write a region without a number: "fr-par-1" is a zone.`, true,
		scaleway.IsRegion,
	)
}

func zone() validator.String {
	return settingValidator(
		"zone", "a zone: "+scaleway.Zones(), `Write a region with a number, as in "fr-par-1".`, true, scaleway.IsZone,
	)
}

// apiURL returns a validator that does not repeat the value: a URL can hold a password.
func apiURL() validator.String { return address("api_url", "https://api.scaleway.com") }

// objectStorageURL returns a validator of an address that can have the placeholder {region}.
func objectStorageURL() validator.String {
	return address("object_storage_url", "https://s3.{region}.scw.cloud")
}

func address(attribute, defaultValue string) validator.String {
	return settingValidator(
		attribute,
		"an address that starts with https:// or http://, without user name, query or fragment",
		"Correct the address, or leave it out for "+defaultValue+".",
		false,
		func(value string) bool {
			parsed, err := url.Parse(strings.ReplaceAll(value, "{region}", "fr-par"))
			return err == nil && parsed.Host != "" && (parsed.Scheme == "https" || parsed.Scheme == "http") &&
				parsed.User == nil && parsed.RawQuery == "" && parsed.Fragment == ""
		},
	)
}

// date returns a validator of a full-date of RFC 3339.
func date() validator.String {
	return tfkit.StringValidator("The value must be a date, as YYYY-MM-DD.", func(value string) error {
		if _, err := time.Parse(time.DateOnly, value); err == nil {
			return nil
		}
		return &compliance.Problem{Summary: "The value is not a date", Found: strconv.Quote(value),
			Allowed: "an existing date, as YYYY-MM-DD", Fix: `Write year, month and day, as in "2026-01-15".`}
	})
}

// host returns a validator of a host name or an IP address, with an optional port.
func host() validator.String {
	return tfkit.StringValidator("The value must be a host name or an IP address, with an optional port.",
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
			return &compliance.Problem{Summary: "The value is not the address of a host", Found: strconv.Quote(value),
				Allowed: "a host name or an IP address, with an optional port", Fix: `Leave out "https://" and any ` +
					`path, as in ` +
					`"10.0.0.4:6443".`}
		})
}
