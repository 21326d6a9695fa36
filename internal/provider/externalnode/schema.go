package externalnode

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

const description = "A machine outside Scaleway that is enrolled as a node of an external Kosmos pool. The customer " +
	"is responsible for the machine (EXT-01, EXT-02, EXT-03, KOS-04): the resource enrols, replaces and deletes the " +
	"node, and generates a program that prepares the machine."

const defaultDownload = "https://github.com/scaleway/k8s-agent/releases/download/v{version}/k8s-agent_linux_{arch}"

func (r *nodeResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"timeouts": timeouts.Attributes(ctx, timeouts.Opts{
			Create: true, Update: true, Delete: true,
			CreateDescription: "Time limit of the creation, including the wait of `wait_for_ready`, such as `60m`. " +
				"Default: 30m.",
			UpdateDescription: "Time limit of an update. Default: 30m.",
			DeleteDescription: "Time limit of a destroy. The drain of the node may take all of it except 5m, and at " +
				"most 15m. Default: 30m.",
		}),
	}
	for _, part := range []map[string]schema.Attribute{
		machineAttributes(), programAttributes(), lifecycleAttributes(), computedAttributes(),
	} {
		for name, attribute := range part {
			attributes[name] = attribute
		}
	}
	resp.Schema = schema.Schema{MarkdownDescription: description, Attributes: attributes}
}

func (r *nodeResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = tfkit.IdentitySchema("Region of the node's pool. Default: the region of the provider.",
		"UUID of the node; null until the machine has enrolled itself.")
}

// machineAttributes returns the attributes that identify the machine, and its attestation.
func machineAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"pool_id": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "External pool, as `region/UUID` or a UUID: an `srm_kosmos_pool` whose `node_type` " +
				"is `external`. Changing it replaces the node.",
			Validators: []validator.String{tfkit.ObjectIDValidator("pool")},
			PlanModifiers: []planmodifier.String{
				tfkit.UseStateSpelling(tfkit.BareID, "pool"),
				stringplanmodifier.RequiresReplace(),
			},
		},
		"name": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "Name of the machine in programs and messages. The name of the node is `node_name`.",
			Validators:          []validator.String{tfkit.NameValidator("machine"), stringvalidator.LengthAtMost(100)},
		},
		"address": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Public IP address of the machine, which the allow-list of the API server must " +
				"contain. With `enrolment = \"machine\"` changing it replaces the node, because the node is found by " +
				"its address.",
			Validators: []validator.String{tfkit.StringValidator("must be a public IP address", checkAddress)},
			PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplaceIf(replaceIfMachineEnrols,
				"Changing it replaces the node if the machine enrols itself.",
				"Changing it replaces the node if the machine enrols itself.")},
		},
		"attestation": schema.SingleNestedAttribute{
			Required: true,
			MarkdownDescription: "Attestation of the customer's measures for the machine (EXT-01, EXT-02, EXT-03, " +
				"KOS-04). All fields are required; defaults of the pool can be referenced, as in " +
				"`merge(srm_kosmos_pool.edge.node_defaults, { … })`.",
			Attributes: tfkit.AttestationAttributes(),
		},
	}
}

// programAttributes returns the attributes that the programs for the machine depend on.
func programAttributes() map[string]schema.Attribute {
	digest := func(machine string) schema.StringAttribute {
		return schema.StringAttribute{
			Optional: true, MarkdownDescription: "Digest of the agent for " + machine + ", 64 hexadecimal digits, " +
				"from `checksums.txt` of the release.",
			Validators: []validator.String{tfkit.StringValidator("must be a SHA-256 digest", checkAgentDigest)},
		}
	}
	return map[string]schema.Attribute{
		"agent": schema.SingleNestedAttribute{
			Required: true,
			MarkdownDescription: "Release of Scaleway's agent for external nodes. The machine downloads the agent " +
				"and runs it only if its digest matches.",
			Attributes: map[string]schema.Attribute{
				"version": schema.StringAttribute{
					Required: true, MarkdownDescription: "Version, such as `0.1.5`. Changing it replaces the node, " +
						"so that the machine is enrolled again.",
					Validators:    []validator.String{tfkit.StringValidator("must be a version", checkAgentVersion)},
					PlanModifiers: []planmodifier.String{replaceIfSet("Changing it enrols the machine again.")},
				},
				"sha256": schema.SingleNestedAttribute{
					Required: true, MarkdownDescription: "SHA-256 digest of the binary for each architecture of your " +
						"machines; at least one.",
					Attributes: map[string]schema.Attribute{"amd64": digest("`x86_64` machines"),
						"arm64": digest("`aarch64` machines")},
				},
				"download_url": schema.StringAttribute{
					Optional: true, Computed: true, Default: stringdefault.StaticString(defaultDownload),
					MarkdownDescription: "URL of the binary, for example on a mirror. The provider replaces " +
						"`{version}` and `{arch}` (`amd64` or `arm64`). Default: `" + defaultDownload + "`.",
					Validators: []validator.String{
						tfkit.StringValidator("must be an http or https URL", checkDownloadURL),
					},
				},
			},
		},
		"enrolment": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(enrolledByProvider),
			MarkdownDescription: "Who enrols the machine: `" + enrolledByProvider + "` or `" + enrolledByMachine +
				"`, see [Enrolment](#enrolment). Changing it replaces the node. Default: `" + enrolledByProvider + "`.",
			Validators:    []validator.String{stringvalidator.OneOf(enrolledByProvider, enrolledByMachine)},
			PlanModifiers: []planmodifier.String{replaceIfSet("Changing it enrols the machine again.")},
		},
		"credential_source": schema.SingleNestedAttribute{
			Optional: true,
			MarkdownDescription: "Where the machine reads the secret key for its enrolment: exactly one of `file` " +
				"and `command`. Required with `enrolment = \"" + enrolledByMachine + "\"`, refused otherwise.",
			Attributes: map[string]schema.Attribute{
				"file": schema.StringAttribute{
					Optional: true, MarkdownDescription: "Absolute path of a file on the machine that contains the " +
						"key and that only root can read.",
					Validators: []validator.String{tfkit.StringValidator("must be an absolute path", checkKeyFile)},
				},
				"command": schema.StringAttribute{
					Optional: true, MarkdownDescription: "Command line that prints the key, run by root on the " +
						"machine, such as `vault kv get -field=key secret/kosmos`. It must not contain a secret.",
					Validators: []validator.String{tfkit.StringValidator("must be one line", checkKeyCommand)},
				},
			},
		},
		"ssh": schema.SingleNestedAttribute{
			Optional: true,
			MarkdownDescription: "SSH access to the machine (EXT-03). The program disables passwords: first install " +
				"an SSH key on the machine. Default: the firewall allows no SSH.",
			Attributes: map[string]schema.Attribute{
				"allowed_ip_ranges": schema.SetAttribute{
					ElementType: types.StringType, Required: true,
					MarkdownDescription: "Address ranges in CIDR notation, such as `203.0.113.0/24`, but not " +
						"`0.0.0.0/0` or `::/0`.",
					Validators: []validator.Set{
						tfkit.NoNulls{}, setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(
							tfkit.StringValidator("must be a CIDR", checkSSHRange),
						),
					},
				},
				"port": schema.Int64Attribute{
					CustomType: tfkit.IntegerType{}, Optional: true, Computed: true,
					Default:             int64default.StaticInt64(22),
					MarkdownDescription: "Port of the SSH server on the machine. Default: `22`.",
					Validators:          []validator.Int64{int64validator.Between(1, 65535)},
				},
			},
		},
	}
}

// lifecycleAttributes returns the attributes that replace the node, and wait_for_ready.
func lifecycleAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"version": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Minor version of the pool, such as `srm_kosmos_pool.edge.version`. Changing it " +
				"replaces the node, because an upgrade of an external pool applies to new nodes only; run the " +
				"program again afterwards.",
			Validators:    []validator.String{tfkit.StringValidator("must be a minor version", tfkit.CheckMinor)},
			PlanModifiers: []planmodifier.String{replaceIfSet("Changing it enrols the machine again.")},
		},
		"rotation": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Any text. Changing it replaces the node, for example after its credential was " +
				"disclosed; run the program again afterwards. The first value for an imported node is only recorded.",
			PlanModifiers: []planmodifier.String{
				stringplanmodifier.RequiresReplaceIf(replaceOnRotation, "Changing it enrols the machine again.",
					"Changing it enrols the machine again."),
			},
		},
		"wait_for_ready": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether an apply waits until the node is ready. If `true`, the resource that runs " +
				"the program must not depend on this one. Default: `false`.",
		},
	}
}

func computedAttributes() map[string]schema.Attribute {
	text := func(description string, modifiers ...planmodifier.String) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description, PlanModifiers: modifiers}
	}
	keep := stringplanmodifier.UseStateForUnknown()
	return map[string]schema.Attribute{
		"id": text(
			"Identifier of the node, `region/UUID`. With `enrolment = \""+enrolledByMachine+"\"` it is null until "+
				"the machine has enrolled itself and a refresh has read the node.", keep,
		),
		"node_name": text(
			"Name of the node in the Scaleway API and in Kubernetes; null while `id` is null.",
			keep,
		),
		"attestation_expires_at": text("Time when the attestation expires (RFC 3339)."),
		"cloud_init": schema.StringAttribute{
			Computed: true, Sensitive: true,
			MarkdownDescription: "Program as user data of a virtual machine (`#cloud-config`), less than 16 KiB. See " +
				"[Program](#program).",
		},
		"script": schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: "Program as a shell " +
			"script that root runs. See [Program](#program)."},
		"cleanup_script": text("Shell script that removes the machine from the cluster, which root runs after a " +
			"destroy. It contains no secret."),
		"status": text("Status of the node at the last refresh: `creating`, `registering`, `ready`, `not_ready` and " +
			"so on. It can change without an apply."),
		"version_used": text("Full version of the pool when the machine was enrolled; null if unknown."),
		"kubelet_version": text("Version of the kubelet from the cluster's Kubernetes API; null until it has been " +
			"read. A refresh without access to that API keeps the known value."),
		"version_skew": text(
			"Difference between the kubelet's version, or else `version_used`, and the version of the control plane: " +
				skewValues() + ".",
		),
		"last_seen_at": text("Time of the kubelet's last heartbeat (RFC 3339) from the cluster's Kubernetes API at " +
			"the last refresh; null until it has been read."),
	}
}

func skewValues() string {
	values := []string{}
	for _, skew := range []lifecycle.Skew{
		lifecycle.SkewNone, lifecycle.SkewOlderPatch, lifecycle.SkewOlderMinor, lifecycle.SkewTooOld,
		lifecycle.SkewNewer,
		lifecycle.SkewUnknown,
	} {
		values = append(values, "`"+string(skew)+"`")
	}
	return strings.Join(values, ", ")
}
