package guardrails

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"

	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

func snapshotTypes() map[string]attr.Type {
	return map[string]attr.Type{
		"class_name": types.StringType, "health_data_namespaces": types.SetType{ElemType: types.StringType},
	}
}

// shippedSnapshotClasses returns the VolumeSnapshotClasses that Kapsule ships.
func shippedSnapshotClasses() []string { return []string{"scw-snapshot", "scw-snapshot-retain"} }

func volumeSnapshotsAttribute() schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "Snapshots that outlast their VolumeSnapshot (HDS-BKP-01): a VolumeSnapshotClass with " +
			"the deletion policy `Retain`, as the default in place of the shipped one, which deletes, and a policy " +
			"that refuses new VolumeSnapshots of classes that delete. Existing snapshots stay as they are. See " +
			"[Snapshots](#snapshots). Default: none of it.",
		Attributes: map[string]schema.Attribute{
			"health_data_namespaces": schema.SetAttribute{
				Required: true, ElementType: types.StringType,
				MarkdownDescription: "Namespaces with health data, in which the policy applies.",
				Validators: []validator.Set{
					tfkit.NoNulls{}, setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(dnsNameValidator()),
				},
			},
			"class_name": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString("srm-snapshot-retain"),
				MarkdownDescription: "Name of the VolumeSnapshotClass. Default: `srm-snapshot-retain`.",
				Validators: []validator.String{
					dnsNameValidator(), stringvalidator.NoneOf(shippedSnapshotClasses()...),
				},
			},
		},
	}
}
