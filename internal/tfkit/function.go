package tfkit

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/function"
)

// ArgumentError returns an error at an argument of a function; the first argument is 0. It removes the final full stop,
// as the CLI adds one.
func ArgumentError(argument int64, text string) *function.FuncError {
	return function.NewArgumentFuncError(argument, strings.TrimSuffix(text, "."))
}
