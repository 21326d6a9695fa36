package tfkit

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/function"
)

// ArgumentError is an error at an argument of a function, the first one being 0. The CLI ends the text with a full stop
// of its own, so that ours is left out.
func ArgumentError(argument int64, text string) *function.FuncError {
	return function.NewArgumentFuncError(argument, strings.TrimSuffix(text, "."))
}
