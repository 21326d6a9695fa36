package audittrailexport

import (
	"context"
	"net"
	"regexp"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// maxRetentionDays is the longest default retention of S3: 100 years.
const maxRetentionDays = 36500

func (r *exportResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	replace := stringplanmodifier.RequiresReplace()
	keep := stringplanmodifier.UseStateForUnknown()
	resp.Schema = schema.Schema{
		MarkdownDescription: "A job that exports the events of Scaleway's Audit Trail to a bucket every day, beyond " +
			"the 90 days for which Audit Trail keeps them (HDS-LOG-02). The bucket must be private, versioned and " +
			"locked, and is read back.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Computed: true, MarkdownDescription: "Identifier of the export job, `region/UUID`.",
				PlanModifiers: []planmodifier.String{keep},
			},
			"organization_id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Organization (UUID) whose events are exported: that of the provider.",
				PlanModifiers:       []planmodifier.String{keep},
			},
			"name": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "Name of the export job. Changing it replaces the job.",
				Validators:          []validator.String{tfkit.NameValidator("export job")},
				PlanModifiers:       []planmodifier.String{replace},
			},
			"tags": schema.SetAttribute{
				ElementType: types.StringType, Optional: true,
				MarkdownDescription: "Tags of the export job. Changing them replaces the job.",
				Validators:          []validator.Set{tfkit.NoNulls{}, tfkit.TagsValidator()},
				PlanModifiers:       []planmodifier.Set{setplanmodifier.RequiresReplace()},
			},
			"bucket": schema.StringAttribute{
				Required: true,
				MarkdownDescription: "Name of the bucket, which must be private, with versioning, object lock and a " +
					"default retention. Changing it replaces the job.",
				Validators: []validator.String{
					tfkit.StringValidator("must be the name of a bucket", checkBucketName),
				},
				PlanModifiers: []planmodifier.String{replace},
			},
			"prefix": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Prefix of the exported objects, without a slash at either end; their keys are " +
					"`prefix/YYYY/MM/DD/logs_….json`. Changing it replaces the job. Default: no prefix.",
				Validators:    []validator.String{tfkit.StringValidator("must be a prefix of keys", checkPrefix)},
				PlanModifiers: []planmodifier.String{replace},
			},
			"region": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString(compliance.Region),
				MarkdownDescription: "Region of the bucket, which must be `" + compliance.Region + "` (HDS-RES-02). " +
					"Default: `" + compliance.Region + "`.",
				Validators:    []validator.String{tfkit.StringValidator("must be a region", checkBucketRegion)},
				PlanModifiers: []planmodifier.String{replace},
			},
			"project_id": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "Project (UUID) of the bucket. Changing it replaces the job. Default: the " +
					"Project of the provider.",
				Validators: []validator.String{tfkit.ProjectIDValidator()},
				PlanModifiers: []planmodifier.String{
					tfkit.UseStateSpelling(tfkit.BareID, "Project"), keep,
					stringplanmodifier.RequiresReplaceIfConfigured(),
				},
			},
			"min_retention_days": schema.Int64Attribute{
				CustomType: tfkit.IntegerType{}, Required: true,
				MarkdownDescription: "Smallest default retention of the bucket in days, by which objects cannot be " +
					"deleted: from 1 to " + strconv.Itoa(maxRetentionDays) + ". Changing it changes nothing in the " +
					"API: the apply compares the bucket with it.",
				Validators: []validator.Int64{int64validator.Between(1, maxRetentionDays)},
			},
			"deletion_protection": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Whether the provider refuses to destroy or replace the export job. To destroy " +
					"or replace it, first set this to `false` and apply. Default: `true`.",
			},
		},
	}
}

func (r *exportResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = tfkit.IdentitySchema(
		"Region of the export job, which must be "+compliance.Region+". Default: "+compliance.Region+".",
		"UUID of the export job.",
	)
}

// bucketNamePattern matches the names of buckets of S3, except those of addresses.
var bucketNamePattern = regexp.MustCompile(
	`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`,
) //nolint:gochecknoglobals // a constant

// checkBucketName checks the name of a bucket by the rules of S3.
func checkBucketName(name string) error {
	if len(name) >= 3 && len(name) <= 63 && bucketNamePattern.MatchString(name) && net.ParseIP(name) == nil {
		return nil
	}
	return &compliance.Problem{
		Summary: "The name of the bucket is malformed", Found: strconv.Quote(name),
		Allowed: "3 to 63 lower-case letters, digits, hyphens and dots, with a letter or a digit at both ends and " +
			"beside each dot, and no IP address",
		Fix: "Write the name alone, without s3:// and without a prefix: prefix is an attribute.",
	}
}

func checkPrefix(prefix string) error {
	if err := compliance.CheckSingleLine("The prefix", prefix); err != nil {
		return err
	}
	if len(prefix) <= 900 && !strings.HasPrefix(prefix, "/") && !strings.HasSuffix(prefix, "/") {
		return nil
	}
	return &compliance.Problem{
		Summary: "The prefix is malformed", Found: strconv.Quote(prefix),
		Allowed: "at most 900 bytes, without a slash at either end",
		Fix:     `Write a prefix such as "audit-trail/production": the export adds the slash.`,
	}
}

func checkBucketRegion(region string) error {
	if region == compliance.Region {
		return nil
	}
	return &compliance.Problem{
		Rule: compliance.RuleFor("HDS-RES-02"), Summary: "The bucket of the export must be in the Paris region",
		Found: "region " + strconv.Quote(region), Allowed: strconv.Quote(compliance.Region),
		Fix: "Use a bucket in " + compliance.Region + ", and leave region out.",
	}
}
