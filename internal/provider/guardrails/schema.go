package guardrails

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

const description = "Admission policies (ITC-03) in a cluster for health data (HDS) that refuse volumes, Load " +
	"Balancers and Ingresses that violate the Shared Responsibility Model, with an encrypted default StorageClass " +
	"and the Secret of its passphrase. Create it after the cluster and before its pools (`guardrails_id` of " +
	"`srm_hds_pool`)."

func guardrailsSchema(ctx context.Context) schema.Schema {
	return schema.Schema{MarkdownDescription: description, Attributes: map[string]schema.Attribute{
		"timeouts": timeouts.Attributes(ctx, timeouts.Opts{
			Create: true, Update: true, Delete: true,
			CreateDescription: "Time limit of the creation, including the wait for the cluster and the policies, " +
				"such as `45m`. Default: 30m.",
			UpdateDescription: "Time limit of an update. Default: 15m.",
			DeleteDescription: "Time limit of the destroy. Default: 15m.",
		}),
		"cluster_id": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Cluster for health data, as `fr-par/UUID` or a UUID, such as an `srm_hds_cluster` " +
				"(HDS-SCP-01, HDS-RES-01), with a restricted allow-list (HDS-CTR-03). Changing it replaces the " +
				"guardrails.",
			Validators: []validator.String{
				tfkit.StringValidator("The value must be fr-par/UUID, or a UUID alone.", checkClusterID),
			},
			PlanModifiers: []planmodifier.String{
				tfkit.UseStateSpelling(tfkit.BareID, "cluster"), stringplanmodifier.RequiresReplace(),
			},
		},
		"volume_encryption": volumeEncryptionAttribute(),
		"volume_snapshots":  volumeSnapshotsAttribute(),
		"load_balancers": ruleAttribute(
			"Policy on Services of type LoadBalancer (HDS-ENC-01, HDS-RES-02): a zone of fr-par, TLS terminated at "+
				"the Load Balancer or declared as passthrough, and verified backends. See [What the policies "+
				"check](#what-the-policies-check).",
			guardrails.Deny,
			nil,
		),
		"ingress": ruleAttribute(
			"Policy on Ingresses, Gateways and ListenerSets (HDS-ENC-01): `spec.tls` with a `secretName` for every "+
				"host, no annotation that disables the redirect to HTTPS, and HTTPS or TLS listeners. See [What the "+
				"policies check](#what-the-policies-check).",
			guardrails.Deny,
			nil,
		),
		"node_ports": ruleAttribute(
			"Policy on ports that nodes open besides the Load Balancer (HDS-ENC-01, NET-03): Services of type "+
				"NodePort, `externalIPs` and `hostPort` of pods. Set `deny` if the nodes of a pool have public "+
				"addresses.",
			guardrails.Audit,
			nil,
		),
		"node_disk": ruleAttribute(
			"Policy on pods that write to the disk of their node, through an emptyDir on disk or a hostPath "+
				"(HDS-ENC-03): no API encrypts that disk. The policy does not apply to kube-system.",
			guardrails.Audit,
			nil,
		),
		"kube_system": ruleAttribute(
			"Policy on changes in kube-system by identities other than the managed components (LIF-07, TRF-02), "+
				"including subresources such as service account tokens and `exec`. Events, leases and evictions are "+
				"excluded.",
			guardrails.Warn,
			map[string][]string{kindUsers: guardrails.DefaultUsers(), kindGroups: guardrails.DefaultGroups()},
		),
		"backend_tls": schema.StringAttribute{Optional: true, Computed: true,
			Default: stringdefault.StaticString(guardrails.Warn),
			MarkdownDescription: "Action for a Service whose Load Balancer terminates TLS and sends plaintext to the " +
				"nodes (HDS-ENC-01), as the cloud controller manager does without " +
				"`scw-loadbalancer-http-backend-tls`: `deny`, `warn` or `audit`. Default: `warn`.",
			Validators: actionValidators()},
		"tls_passthrough": exceptionsAttribute(
			"Namespaces whose Services may declare TLS passthrough to the workload, with the annotation `" +
				guardrails.AnnotationPassthrough + ": \"true\"` (HDS-ENC-01), usually the namespace of the ingress " +
				"controller.",
		),
		"attested_restores": exceptionsAttribute(
			"Namespaces in which the annotation `" + guardrails.AnnotationEncryptedSource +
				": \"true\"` may attest that the source of a volume is encrypted (HDS-ENC-03), see [Attested " +
				"restores](#attested-restores).",
		),
		"http_redirect": exceptionsAttribute(
			"Namespaces whose Gateways and ListenerSets may have an HTTP listener on port 80 or 8000 that redirects " +
				"to HTTPS (HDS-ENC-01).",
		),
		"default_certificate_classes": schema.SetAttribute{Optional: true, Computed: true,
			ElementType: types.StringType,
			Default:     setdefault.StaticValue(stringSetValue(nil)),
			MarkdownDescription: "IngressClasses whose controller has a valid default certificate (HDS-ENC-01): " +
				"`spec.tls` of such an Ingress lists its hosts and needs no `secretName`. Each is listed in " +
				"`responsibility_transfers`. Default: none.",
			Validators: []validator.Set{tfkit.NoNulls{}, setvalidator.ValueStringsAre(ingressClassValidator())}},
		"inline_csi_drivers": schema.SetAttribute{Optional: true, Computed: true, ElementType: types.StringType,
			Default: setdefault.StaticValue(stringSetValue(guardrails.DefaultInlineDrivers())),
			MarkdownDescription: fmt.Sprintf("CSI drivers that pods may use in inline volumes (HDS-ENC-03): only "+
				"drivers that store no data. Drivers that are not in the default are listed in "+
				"`responsibility_transfers`. Default: `%v`.",
				guardrails.DefaultInlineDrivers()),
			Validators: []validator.Set{tfkit.NoNulls{}, setvalidator.ValueStringsAre(inlineDriverValidator())}},

		"id": schema.StringAttribute{Computed: true, MarkdownDescription: "Identifier, `fr-par/UUID/guardrails` with " +
			"the UUID of the cluster. Known at plan if `cluster_id` is known."},
		"owner_id": schema.StringAttribute{Computed: true, MarkdownDescription: "Random id of the owner, not a " +
			"secret, which the ownership record in the cluster contains (`" + ownerRecord +
			"`). See [Ownership](#ownership)."},
		"policy_digest": schema.StringAttribute{Computed: true,
			MarkdownDescription: "Digest of the admission policies and their bindings, as `sha256:` and 64 " +
				"hexadecimal digits, known at plan. It changes in the plan if the policies in the cluster differ."},
		"objects": schema.ListAttribute{Computed: true, ElementType: types.StringType,
			MarkdownDescription: "Objects that the provider applies, as `kind/name`, known at plan."},
		"manifests": schema.StringAttribute{Computed: true,
			MarkdownDescription: "Policies and their bindings as YAML without Secrets, known at plan, for use in Git " +
				"and for checks without a cluster. See [GitOps](#gitops)."},
		"responsibility_transfers": tfkit.TransfersAttribute("guardrails"),
		"older_claims":             olderClaimsAttribute(),
		"drift": schema.ListNestedAttribute{Computed: true,
			MarkdownDescription: "Fields that others changed in the cluster, as found by the last refresh (INC-04). " +
				"The plan shows an empty list, and the apply reverts exactly these fields.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"object": schema.StringAttribute{Computed: true, MarkdownDescription: "Object, as `kind/name`."},
				"field": schema.StringAttribute{Computed: true, MarkdownDescription: "Path of the field. Empty if " +
					"the whole object is absent."},
				"found": schema.StringAttribute{Computed: true, MarkdownDescription: "Value in the cluster, " +
					"shortened. It never contains a passphrase."},
				"owner": schema.StringAttribute{Computed: true, MarkdownDescription: "Field manager that set the " +
					"value, such as `kubectl-edit`. Empty if unknown."},
			}}},
	}}
}

func volumeEncryptionAttribute() schema.SingleNestedAttribute {
	zones := []attr.Value{}
	for _, zone := range compliance.Zones() {
		zones = append(zones, types.StringValue(zone))
	}
	return schema.SingleNestedAttribute{
		Required: true,
		MarkdownDescription: "Encryption of volumes (HDS-ENC-03): the StorageClass and the passphrase that replace " +
			"the plaintext default (OTC-14). The policies on volumes always refuse and have no exemptions.",
		Attributes: map[string]schema.Attribute{
			"passphrase_wo": schema.StringAttribute{Optional: true, WriteOnly: true, Sensitive: true,
				MarkdownDescription: fmt.Sprintf("Passphrase of new volumes, from an ephemeral resource or variable: "+
					"at least %d characters, without leading and trailing white space, not one repeated character. "+
					"Write-only: neither the state nor the plan contains it. See [Passphrases](#passphrases).",
					guardrails.MinPassphraseLength),
				Validators: []validator.String{passphraseValidator{}}},
			"passphrase_wo_version": schema.Int64Attribute{CustomType: tfkit.IntegerType{}, Required: true,
				MarkdownDescription: "Version of the passphrase, 1 or more. A new passphrase needs a new version, " +
					"which has its own Secret (HDS-ENC-07).",
				Validators: []validator.Int64{int64validator.AtLeast(1)}},
			"reclaim_policy": schema.StringAttribute{Optional: true, Computed: true,
				Default: stringdefault.StaticString("Retain"),
				MarkdownDescription: "Reclaim policy of new volumes when their claim is deleted: `Retain` or " +
					"`Delete`. Default: `Retain`.",
				Validators: []validator.String{stringvalidator.OneOf("Retain", "Delete")}},
			"iops": schema.Int64Attribute{CustomType: tfkit.IntegerType{}, Optional: true, Computed: true,
				Default:             int64default.StaticInt64(5000),
				MarkdownDescription: "I/O operations per second of new volumes: `5000` or `15000`. Default: `5000`.",
				Validators:          []validator.Int64{int64validator.OneOf(5000, 15000)}},
			"zones": schema.SetAttribute{Optional: true, Computed: true, ElementType: types.StringType,
				Default: setdefault.StaticValue(types.SetValueMust(types.StringType, zones)),
				MarkdownDescription: "Zones of fr-par in which new volumes may be created (HDS-RES-02). Default: all " +
					"three.",
				Validators: []validator.Set{
					tfkit.NoNulls{}, setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(
						stringvalidator.OneOf(compliance.Zones()...),
					),
				}},
			"class_name": schema.StringAttribute{Optional: true, Computed: true,
				Default: stringdefault.StaticString("srm-encrypted"),
				MarkdownDescription: "Name of the StorageClass. After a change, claims must use the new name; the " +
					"old class stays in the cluster while volumes or pending claims use it. Default: `srm-encrypted`.",
				Validators: []validator.String{
					dnsNameValidator(), stringvalidator.NoneOf(guardrails.ShippedClasses()...),
				}},
			"namespace": schema.StringAttribute{Optional: true, Computed: true,
				Default: stringdefault.StaticString("srm-system"),
				MarkdownDescription: "Namespace of the Secrets, created if it is absent. It cannot be changed, see " +
					"[Namespace of the Secrets](#namespace-of-the-secrets). Default: `srm-system`.",
				Validators: []validator.String{dnsNameValidator(), namespaceValidator()}},
		},
	}
}

func exceptionTypes() map[string]attr.Type {
	return map[string]attr.Type{"namespace": types.StringType, "reason": types.StringType, "approver": types.StringType}
}

// exceptionsAttribute returns the attribute of namespaces with an exception from a policy.
func exceptionsAttribute(what string) schema.SetNestedAttribute {
	return schema.SetNestedAttribute{Optional: true, Computed: true, Validators: []validator.Set{tfkit.NoNulls{}},
		Default: setdefault.StaticValue(
			types.SetValueMust(types.ObjectType{AttrTypes: exceptionTypes()}, []attr.Value{}),
		),
		MarkdownDescription: what + " Entries do not expire, and are listed in `responsibility_transfers`. Default: " +
			"none.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"namespace": schema.StringAttribute{
				Required: true, MarkdownDescription: "Namespace.", Validators: []validator.String{dnsNameValidator()},
			},
			"reason": schema.StringAttribute{
				Required: true, MarkdownDescription: "Reason for the entry.", Validators: statementValidators("reason"),
			},
			"approver": schema.StringAttribute{
				Required: true, MarkdownDescription: "Person or function that approved the entry, not its author.",
				Validators: statementValidators("approver"),
			},
		}}}
}

// statementValidators returns validators that refuse an empty reason or approver.
func statementValidators(name string) []validator.String {
	return []validator.String{
		tfkit.StringValidator("must not be empty", func(text string) error { return checkStatement(name, text) }),
	}
}

func actionValidators() []validator.String {
	return []validator.String{stringvalidator.OneOf(guardrails.Deny, guardrails.Warn, guardrails.Audit)}
}

func exemptionTypes() map[string]attr.Type {
	return map[string]attr.Type{
		"namespace": types.StringType, "reason": types.StringType, "approver": types.StringType,
		"until": types.StringType,
	}
}

// ruleAttribute returns the attribute of a policy that can be loosened. identityLists holds the default identities that
// the policy allows, by attribute.
func ruleAttribute(what, action string, identityLists map[string][]string) schema.SingleNestedAttribute {
	exemption := types.ObjectType{AttrTypes: exemptionTypes()}
	exempt := "Namespaces that the policy excludes. Each is listed in `responsibility_transfers`. Default: none."
	if identityLists != nil {
		exempt = "Must be empty: the policy applies to one namespace only."
	}
	none := types.SetValueMust(exemption, []attr.Value{})
	attributes := map[string]schema.Attribute{
		"action": schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString(action),
			MarkdownDescription: fmt.Sprintf("Action for objects that violate the policy: `deny`, `warn` or `audit`. "+
				"Default: `%s`. An action less strict than the default is listed in `responsibility_transfers`.",
				action),
			Validators: actionValidators()},
		"exemptions": schema.SetNestedAttribute{Optional: true, Computed: true,
			Validators:          []validator.Set{tfkit.NoNulls{}},
			Default:             setdefault.StaticValue(none),
			MarkdownDescription: exempt,
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"namespace": schema.StringAttribute{
					Required: true, MarkdownDescription: "Namespace that the policy excludes.",
					Validators: []validator.String{dnsNameValidator()},
				},
				"reason": schema.StringAttribute{
					Required: true, MarkdownDescription: "Reason for the exemption.",
					Validators: statementValidators("reason"),
				},
				"approver": schema.StringAttribute{
					Required: true, MarkdownDescription: "Person or function that approved the exemption, not its " +
						"author.",
					Validators: statementValidators("approver"),
				},
				"until": schema.StringAttribute{Required: true, Validators: []validator.String{dateValidator()},
					MarkdownDescription: "Last day of the exemption, `YYYY-MM-DD`, at most 180 days ahead. Plans " +
						"warn after this day; the policy excludes the namespace until the exemption is removed."},
			}}},
	}
	values := map[string]attr.Value{"action": types.StringValue(action), "exemptions": none}
	attributeTypes := map[string]attr.Type{"action": types.StringType, "exemptions": types.SetType{ElemType: exemption}}
	for name, defaults := range identityLists {
		attributes[name] = identitiesAttribute(name, defaults)
		values[name], attributeTypes[name] = stringSetValue(nil), types.SetType{ElemType: types.StringType}
	}
	return schema.SingleNestedAttribute{
		Optional: true, Computed: true, MarkdownDescription: what, Attributes: attributes,
		Default: objectdefault.StaticValue(types.ObjectValueMust(attributeTypes, values)),
	}
}

func identitiesAttribute(what string, defaults []string) schema.SetAttribute {
	return schema.SetAttribute{
		Optional: true, Computed: true, ElementType: types.StringType,
		Default: setdefault.StaticValue(stringSetValue(nil)),
		MarkdownDescription: fmt.Sprintf("Additional Kubernetes %s that may change kube-system, named as in requests "+
			"to the API server. Those of the cluster's components always may: `%v`. Default: no additional %s.",
			what, defaults, what),
		Validators: []validator.Set{tfkit.NoNulls{}, setvalidator.ValueStringsAre(identityValidator(what))},
	}
}

func stringSetValue(values []string) types.Set {
	elements := []attr.Value{}
	for _, value := range slices.Sorted(slices.Values(values)) {
		elements = append(elements, types.StringValue(value))
	}
	return types.SetValueMust(types.StringType, elements)
}

func identitySchema() identityschema.Schema {
	return tfkit.IdentitySchema("Region of the cluster: fr-par.", "UUID of the cluster.")
}
