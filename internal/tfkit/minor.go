package tfkit

import (
	"errors"
	"strconv"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
)

// CheckMinor returns a *compliance.Problem if a text is not a minor version of Kubernetes.
func CheckMinor(text string) error {
	_, err := lifecycle.ParseMinor(text)
	found, ok := errors.AsType[*lifecycle.ParseError](err)
	if !ok {
		return err
	}
	return &compliance.Problem{Summary: "The version is not a minor version", Found: strconv.Quote(text) + " " +
		found.Problem,
		Allowed: `a minor version in quotes, such as "1.35"`, Fix: found.Fix}
}
