package externalnode

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
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

const description = "One machine outside Scaleway, enrolled as a node of an external Kosmos pool. Scaleway leaves " +
	"such a machine to you whole: its provisioning and life (EXT-01), its security, patching and hardening (EXT-02), " +
	"its network, firewall and bootstrap (EXT-03), its health (KOS-04). The resource enrols the node, replaces it and " +
	"removes it; its program for the machine sets up upgrades, hardening and a firewall once and reads none of it back; " +
	"what only you can know is attested, with a date on which it ends.\n\n" +
	"The program comes in two forms, `cloud_init` for the user data of a virtual machine and `script` for a shell. It " +
	"checks the machine first and lists all that is missing, sets up unattended upgrades, time synchronisation, SSH " +
	"without passwords, and nftables rules that let in WireGuard (UDP 51820) and nothing else (SSH where `ssh` says " +
	"so), downloads the pinned agent and runs it only if its digest is right. It can be run again at any time and goes " +
	"on where it stopped.\n\n" +
	"**A secret in the state.** With `enrolment = \"provider\"` the node's own credential is part of `cloud_init` and " +
	"`script`, which are sensitive and stand in the state: it speaks for this node only, and is the only secret that " +
	"this provider ever puts there. With `enrolment = \"machine\"` there is none. The API key never leaves the provider."

const defaultDownload = "https://github.com/scaleway/k8s-agent/releases/download/v{version}/k8s-agent_linux_{arch}"

func (r *nodeResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"timeouts": timeouts.Attributes(ctx, timeouts.Opts{
			Create: true, Update: true, Delete: true,
			CreateDescription: "How long a create may wait, with `wait_for_ready` for the machine too, such as `60m`. " +
				"Default: 30m.",
			UpdateDescription: "How long an update may wait. Default: 30m.",
			DeleteDescription: "How long a destroy may wait; the pods get all of it but 5m to leave, at most 15m. Default: 30m.",
		}),
	}
	for _, part := range []map[string]schema.Attribute{
		machineAttributes(), programAttributes(), lifeAttributes(), computedAttributes(),
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
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"region": identityschema.StringAttribute{OptionalForImport: true, Description: "Region of the node's pool; the " +
			"provider's where it is left out."},
		"id": identityschema.StringAttribute{RequiredForImport: true, Description: "UUID of the node; null until the " +
			"machine has enrolled itself."},
	}}
}

// machineAttributes say which machine it is, and what its owner vouches for.
func machineAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"pool_id": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "External pool, as `region/UUID` or a UUID: an `srm_kosmos_pool` whose `node_type` is " +
				"`external`. Changing it replaces the node.",
			Validators:    []validator.String{tfkit.ObjectID("pool")},
			PlanModifiers: []planmodifier.String{tfkit.SameSpelling(tfkit.BareID, "pool"), stringplanmodifier.RequiresReplace()},
		},
		"name": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Your name of the machine, which its programs and messages show. The API names the node " +
				"itself: see `node_name`.",
			Validators: []validator.String{tfkit.Name("machine"), stringvalidator.LengthAtMost(100)},
		},
		"address": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Public IP address of the machine. The API server's allow-list must let it in: a plan warns, " +
				"and an apply refuses, where it does not. With `enrolment = \"machine\"` the node is found by it, and changing " +
				"it replaces the node; else it changes in place.",
			Validators: []validator.String{tfkit.Checked("must be a public IP address", checkAddress)},
			PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplaceIf(enrolsItself,
				"Changing it replaces a node that is found by its address.", "Changing it replaces a node that is found by its "+
					"address.")},
		},
		"attestation": schema.SingleNestedAttribute{
			Required: true,
			MarkdownDescription: "What you vouch for, as the model leaves it to you (EXT-01, EXT-02, EXT-03, KOS-04); all of " +
				"its fields are needed. The defaults of a pool are taken over by reference: `attestation = " +
				"srm_kosmos_pool.edge.node_defaults`, or `merge(srm_kosmos_pool.edge.node_defaults, { … })`. Changing it changes " +
				"nothing on the machine.",
			Attributes: tfkit.AttestationAttributes(),
		},
	}
}

// programAttributes are what the programs for the machine are made of.
func programAttributes() map[string]schema.Attribute {
	digest := func(machine string) schema.StringAttribute {
		return schema.StringAttribute{
			Optional: true, MarkdownDescription: "Digest of the agent for " + machine + ", 64 hexadecimal digits; " +
				"`checksums.txt` of the release has it.",
			Validators: []validator.String{tfkit.Checked("must be a SHA-256 digest", checkAgentDigest)},
		}
	}
	return map[string]schema.Attribute{
		"agent": schema.SingleNestedAttribute{
			Required: true,
			MarkdownDescription: "Scaleway's agent for external nodes, pinned: the machine downloads it, compares its digest, " +
				"and runs it only if that is right. This provider ships no default, as it can vouch for no digest that it has " +
				"not seen served.",
			Attributes: map[string]schema.Attribute{
				"version": schema.StringAttribute{
					Required: true, MarkdownDescription: "Version, such as `0.1.5`. Changing it enrols the machine again, which " +
						"replaces the node.",
					Validators:    []validator.String{tfkit.Checked("must be a version", checkAgentVersion)},
					PlanModifiers: []planmodifier.String{replaceKnown("Changing it enrols the machine again.")},
				},
				"sha256": schema.SingleNestedAttribute{
					Required: true, MarkdownDescription: "SHA-256 digest of the binary of each architecture that machines may have; " +
						"at least one.",
					Attributes: map[string]schema.Attribute{"amd64": digest("`x86_64` machines"), "arm64": digest("`aarch64` " +
						"machines")},
				},
				"download_url": schema.StringAttribute{
					Optional: true, Computed: true, Default: stringdefault.StaticString(defaultDownload),
					MarkdownDescription: "Where the binary is, for a mirror of your own. `{version}` and `{arch}` (`amd64`, " +
						"`arm64`) are filled in. Default: `" + defaultDownload + "`.",
					Validators: []validator.String{tfkit.Checked("must be an http or https URL", checkDownload)},
				},
			},
		},
		"enrolment": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(enrolledByProvider),
			MarkdownDescription: "Who enrols the machine. `" + enrolledByProvider + "`: the provider does, at apply, and " +
				"hands the machine the node's own credential. `" +
				enrolledByMachine + "`: the machine does, when its program runs, with a key that it finds where " +
				"`credential_source` says: no secret is in the state. Default: `" +
				enrolledByProvider + "`. Changing it replaces the node.",
			Validators:    []validator.String{stringvalidator.OneOf(enrolledByProvider, enrolledByMachine)},
			PlanModifiers: []planmodifier.String{replaceKnown("Changing it enrols the machine again.")},
		},
		"credential_source": schema.SingleNestedAttribute{
			Optional: true,
			MarkdownDescription: "Where the machine finds the secret key of an IAM application that has the permission set " +
				"`KubernetesExternalNodeRegister` and nothing else. Required with `enrolment = \"" + enrolledByMachine + "\"`, " +
				"refused otherwise. Exactly one of `file` and `command`.",
			Attributes: map[string]schema.Attribute{
				"file": schema.StringAttribute{
					Optional: true, MarkdownDescription: "Absolute path of a file on the machine that holds the key, readable by " +
						"root only.",
					Validators: []validator.String{tfkit.Checked("must be an absolute path", checkPath)},
				},
				"command": schema.StringAttribute{
					Optional: true, MarkdownDescription: "Command that prints the key, run by root on the machine, such as `vault " +
						"kv get -field=key secret/kosmos`. One line. No secret may stand in it.",
					Validators: []validator.String{tfkit.Checked("must be one line", checkCommand)},
				},
			},
		},
		"ssh": schema.SingleNestedAttribute{
			Optional: true,
			MarkdownDescription: "Who may reach the machine by SSH. Default: no one, the firewall lets no SSH in. SSH never " +
				"accepts passwords: put a key on the machine before its program runs, which refuses to switch passwords off " +
				"where no user has one (EXT-03).",
			Attributes: map[string]schema.Attribute{
				"allowed_ip_ranges": schema.SetAttribute{
					ElementType: types.StringType, Required: true,
					MarkdownDescription: "Address ranges in CIDR notation, such as `203.0.113.0/24`; the world is refused.",
					Validators: []validator.Set{
						tfkit.NoNulls{}, setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(
							tfkit.Checked("must be a CIDR", checkRange),
						),
					},
				},
				"port": schema.Int64Attribute{
					CustomType: tfkit.IntegerType{}, Optional: true, Computed: true, Default: int64default.StaticInt64(22),
					MarkdownDescription: "Port that the SSH server of the machine listens on. Default: `22`.",
					Validators:          []validator.Int64{int64validator.Between(1, 65535)},
				},
			},
		},
	}
}

// lifeAttributes say when the machine is enrolled again, and what an apply waits for.
func lifeAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"version": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Minor version of the pool that the machine is enrolled with, as in " +
				"`srm_kosmos_pool.edge.version`. An upgrade of an external pool reaches new nodes only: a change enrols the " +
				"machine again, which replaces the node, and its program must run again.",
			Validators:    []validator.String{tfkit.Checked("must be a minor version", tfkit.CheckMinor)},
			PlanModifiers: []planmodifier.String{replaceKnown("Changing it enrols the machine again.")},
		},
		"rotation": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Any text; changing it enrols the machine again, as after its credential may have been seen. " +
				"That replaces the node, and its program must run again. For a node that was imported, the first value is only " +
				"recorded.",
			PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplaceIf(rotated, "Changing it enrols the "+
				"machine again.", "Changing it enrols the machine again.")},
		},
		"wait_for_ready": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether an apply waits until the node is ready. Default: `false`: the machine may boot " +
				"later. Whatever runs the program must not wait for this resource then.",
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
			"Identifier of the node, `region/UUID`. With `enrolment = \""+enrolledByMachine+"\"` it is null until the machine "+
				"has enrolled itself and a refresh has seen it.", keep,
		),
		"node_name":              text("Name of the node in the API and in Kubernetes; null as long as `id` is.", keep),
		"attestation_expires_at": text("Moment from which the attestation no longer counts (RFC 3339)."),
		"cloud_init": schema.StringAttribute{
			Computed: true, Sensitive: true,
			MarkdownDescription: "The program as user data of a virtual machine (`#cloud-config`), below 16 KiB. It stays the " +
				"same until something that it is made of changes. Cloud providers serve user data to every process on a machine: " +
				"pods are kept from it where it is served by HTTP at 169.254.169.254, fd00:42::42, fd00:ec2::254 or fd20:ce::254.",
		},
		"script": schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: "The same program for a " +
			"shell, to be run by root."},
		"cleanup_script": text("Program that takes the machine out of the cluster, to be run by root after a destroy. " +
			"There is no secret in it."),
		"status": text("Status of the node at the last refresh: `creating`, `registering`, `ready`, `not_ready` and so on. " +
			"It moves on its own."),
		"version_used": text("Full version of the pool when the machine was enrolled; null where that is not known."),
		"kubelet_version": text("Version of the kubelet, as the Kubernetes API server has it; null until that could be " +
			"read. A refresh that cannot reach it keeps what is known."),
		"version_skew": text(
			"How the kubelet's version, else `version_used`, stands to that of the control plane: " + skews() + ".",
		),
		"last_seen_at": text("When the kubelet was last heard of (RFC 3339), by the Kubernetes API server at the last " +
			"refresh; null until that could be read."),
	}
}

func skews() string {
	words := []string{}
	for _, skew := range []lifecycle.Skew{
		lifecycle.SkewNone, lifecycle.SkewOlderPatch, lifecycle.SkewOlderMinor, lifecycle.SkewTooOld, lifecycle.SkewNewer,
		lifecycle.SkewUnknown,
	} {
		words = append(words, "`"+string(skew)+"`")
	}
	return strings.Join(words, ", ")
}
