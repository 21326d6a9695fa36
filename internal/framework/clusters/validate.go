package clusters

import (
	"fmt"
	"net/url"
	"time"

	"github.com/google/uuid"
)

func checkProjectID(id string) error {
	if _, err := uuid.Parse(id); err != nil || len(id) != 36 {
		return fmt.Errorf("the Project is not a UUID: %q; write it as in the console, such as 11111111-2222-3333-4444-555555555555", id)
	}
	return nil
}

func checkDuration(text string) error {
	if d, err := time.ParseDuration(text); err != nil || d < 0 {
		return fmt.Errorf("not a duration: %q; write a number and a unit, such as 10m or 90s", text)
	}
	return nil
}

func checkIssuer(text string) error {
	if parsed, err := url.Parse(text); err != nil || parsed.Scheme != "https" || parsed.Host == "" {
		return fmt.Errorf("not an https URL: %q; write the issuer's URL, such as https://login.example.org", text)
	}
	return nil
}
