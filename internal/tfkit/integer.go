package tfkit

import (
	"context"
	"math/big"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// IntegerType is types.Int64Type with a helpful error for fractions. The framework's own type fails on them before any
// validator runs, with a text that asks for a bug report.
type IntegerType struct{ basetypes.Int64Type }

var _ basetypes.Int64Typable = IntegerType{}

// Equal also accepts types.Int64Type, as the values are the same.
func (t IntegerType) Equal(other attr.Type) bool {
	if _, ok := other.(IntegerType); ok {
		return true
	}
	return t.Int64Type.Equal(other)
}

// ValueFromTerraform decodes a number. It returns null for a number that Validate reports.
func (t IntegerType) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	if number, ok := decodeNumber(in); ok && !isInt64(number) {
		return basetypes.NewInt64Null(), nil
	}
	return t.Int64Type.ValueFromTerraform(ctx, in)
}

// Validate adds an error for a number that is not an integer or does not fit in 64 bits.
func (t IntegerType) Validate(_ context.Context, in tftypes.Value, at path.Path) diag.Diagnostics {
	var diags diag.Diagnostics
	number, ok := decodeNumber(in)
	if !ok || isInt64(number) {
		return diags
	}
	problem := Problem{Summary: "The number is too large", Found: number.Text('g', 10), Allowed: "a whole number of " +
		"at most 64 bits", Fix: "Use a smaller number."}
	if !number.IsInt() {
		problem = Problem{
			Summary: "The number is not a whole number", Found: number.Text('g', 10), Allowed: "a whole number",
		}
		if below, _ := number.Int64(); below < 1<<62 && below > -1<<62 {
			above := below + 1
			if number.Signbit() {
				below, above = below-1, below
			}
			problem.Fix = "Use " + big.NewInt(below).String() + " or " + big.NewInt(above).String() + ". Round a " +
				"computed number with floor() or ceil()."
		}
	}
	AddError(&diags, at, problem)
	return diags
}

func decodeNumber(in tftypes.Value) (*big.Float, bool) {
	if in.Type() == nil || !in.Type().Is(tftypes.Number) || !in.IsKnown() || in.IsNull() {
		return nil, false
	}
	number := new(big.Float)
	if err := in.As(&number); err != nil {
		return nil, false
	}
	return number, true
}

func isInt64(number *big.Float) bool {
	_, accuracy := number.Int64()
	return accuracy == big.Exact
}
