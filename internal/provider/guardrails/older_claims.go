package guardrails

import (
	"cmp"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// olderClaimType returns the type of an element of older_claims.
func olderClaimType() types.ObjectType {
	return types.ObjectType{AttrTypes: map[string]attr.Type{
		"namespace": types.StringType, "name": types.StringType, "uid": types.StringType, "class": types.StringType,
		"volume": types.StringType,
	}}
}

// olderClaimsAttribute returns the schema of older_claims. The exceptions are not part of responsibility_transfers,
// which depends on the configuration only: claims can change between a plan and its apply.
func olderClaimsAttribute() schema.ListNestedAttribute {
	return schema.ListNestedAttribute{Computed: true,
		MarkdownDescription: "PersistentVolumeClaims that are older than the guardrails and still wait for a volume, " +
			"known after an apply or a refresh. Each may get one volume that is not encrypted (HDS-ENC-03), see " +
			"[Volumes of older claims](#volumes-of-older-claims).",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"namespace": schema.StringAttribute{Computed: true, MarkdownDescription: "Namespace of the claim."},
			"name":      schema.StringAttribute{Computed: true, MarkdownDescription: "Name of the claim."},
			"uid":       schema.StringAttribute{Computed: true, MarkdownDescription: "UID of the claim."},
			"class": schema.StringAttribute{Computed: true,
				MarkdownDescription: "StorageClass of the accepted volume. Empty if `volume` is set."},
			"volume": schema.StringAttribute{Computed: true,
				MarkdownDescription: "PersistentVolume that reserves the claim by name and may be bound to it. Empty " +
					"if there is none."},
		}},
	}
}

// olderClaimsList returns the value of older_claims, sorted.
func olderClaimsList(claims []guardrails.OlderClaim) types.List {
	elements := []attr.Value{}
	for _, c := range slices.SortedFunc(slices.Values(claims), func(a, b guardrails.OlderClaim) int {
		return cmp.Compare(a.Key(), b.Key())
	}) {
		elements = append(elements, types.ObjectValueMust(olderClaimType().AttrTypes, map[string]attr.Value{
			"namespace": types.StringValue(c.Namespace), "name": types.StringValue(c.Name),
			"uid":   types.StringValue(c.UID),
			"class": types.StringValue(c.Class), "volume": types.StringValue(c.Volume),
		}))
	}
	return types.ListValueMust(olderClaimType(), elements)
}
