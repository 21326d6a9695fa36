package hdsguardrails

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

const description = "Admission policies (ITC-03) inside a health data cluster (HDS) that refuse new volumes, Load " +
	"Balancers and Ingresses against the model, an encrypted StorageClass as the default, and the Secret with its " +
	"passphrase. Create it after the cluster and before its pools (`guardrails_id` of `srm_hds_pool`), so that this " +
	"configuration makes no node before volumes are encrypted by default.\n\n" +
	"It is in force when it is applied: the apply tries requests that must be refused, and fails where they are not. " +
	"Policies prevent; they cannot be made irremovable: **whoever may edit admission policies can remove them, and the " +
	"next plan shows it**. Policies with the action `audit` leave their findings in the audit log of the API server " +
	"only.\n\n" +
	"A plan that makes policies refuse more, such as that of the create, counts by namespace the existing objects that " +
	"they will refuse, and warns of them before anything is refused. The policies themselves judge, as if each object " +
	"were created again; the plan only reads.\n\n" +
	"**A passphrase never changes once it is written**, as the volumes that were encrypted with it would be lost. A new " +
	"`passphrase_wo_version` writes a Secret of its own and points the class to it; existing volumes keep theirs. A " +
	"destroy takes the policies away and leaves class and Secrets where a PersistentVolume needs them; the class that " +
	"was default before is then default again. The plan of a destroy names the claims of the encrypted class that still " +
	"wait for a volume. Keep the passphrases of all versions outside the cluster, too.\n\n" +
	"It authenticates at the API server with the provider's own API key, which needs the permission set " +
	"KubernetesFullAccess; KubernetesReadOnly suffices to plan, and passes over the Secrets of the passphrases. A " +
	"snapshot that was encrypted with an older passphrase can be restored only through a volume that names the Secret " +
	"of that version."

func guardrailsSchema(ctx context.Context) schema.Schema {
	return schema.Schema{MarkdownDescription: description, Attributes: map[string]schema.Attribute{
		"timeouts": timeouts.Attributes(ctx, timeouts.Opts{
			Create: true, Update: true, Delete: true,
			CreateDescription: "How long a create may wait for the cluster and the policies, such as `45m`. Default: 30m.",
			UpdateDescription: "How long an update may take. Default: 15m.",
			DeleteDescription: "How long a destroy may take. Default: 15m.",
		}),
		"cluster_id": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Cluster, as `fr-par/UUID` or a UUID: one for health data, such as an `srm_hds_cluster` " +
				"(HDS-SCP-01, HDS-RES-01), whose allow-list is closed (HDS-CTR-03). Changing it replaces the guardrails.",
			Validators: []validator.String{tfkit.Checked("The value must be fr-par/UUID, or a UUID alone.", checkClusterID)},
			PlanModifiers: []planmodifier.String{
				tfkit.SameSpelling(tfkit.BareID, "cluster"), stringplanmodifier.RequiresReplace(),
			},
		},
		"volume_encryption": volumeEncryption(),
		"load_balancers": rule("Services of type LoadBalancer (HDS-ENC-01, HDS-RES-02): in a zone of fr-par, TLS "+
			"terminated at the Load Balancer or declared as passed through, backends verified. It judges what the cloud "+
			"controller manager does with the annotations, not how they are written.", guardrails.Deny, nil),
		"ingress": rule("Ingresses, Gateways and ListenerSets (HDS-ENC-01): every host of an Ingress is covered by its "+
			"`spec.tls` with a `secretName`, unless it is that of a cert-manager solver and serves challenges of ACME HTTP-01 "+
			"alone; no annotation of it switches the redirect to HTTPS off, and listeners are HTTPS or TLS.", guardrails.Deny,
			nil),
		"node_ports": rule("Ports that nodes open past the Load Balancer (HDS-ENC-01, NET-03): Services of type NodePort, "+
			"`externalIPs` and `hostPort` of pods. Set `deny` where the nodes of a pool have public addresses.",
			guardrails.Audit, nil),
		"node_disk": rule("Pods that write to the disk of their node, through an emptyDir on disk or a hostPath "+
			"(HDS-ENC-03): no API encrypts that disk. kube-system is left out.", guardrails.Audit, nil),
		"kube_system": rule("Changes in kube-system by others than the managed components (LIF-07, TRF-02), subresources "+
			"such as tokens of service accounts and `exec` included. Events, leases and evictions are left out.",
			guardrails.Warn,
			map[string][]string{users: guardrails.DefaultUsers(), groups: guardrails.DefaultGroups()}),
		"backend_tls": schema.StringAttribute{Optional: true, Computed: true,
			Default: stringdefault.StaticString(guardrails.Warn),
			MarkdownDescription: "What happens to a Service whose Load Balancer terminates TLS and sends plaintext to the " +
				"nodes (HDS-ENC-01), which is what the cloud controller manager does without " +
				"`scw-loadbalancer-http-backend-tls`: `deny`, `warn` or `audit`. Default: `warn`.",
			Validators: actions()},
		"tls_passthrough": exceptions("Namespaces whose Services may pass TLS through to the workload, which then " +
			"terminates it, by the annotation `" +
			guardrails.AnnotationPassthrough + ": \"true\"` (HDS-ENC-01). Such a namespace is usually that of the ingress " +
			"controller."),
		"attested_restores": exceptions("Namespaces in which the source of a volume may be attested to be encrypted with a " +
			"passphrase of this cluster, by the annotation `" + guardrails.AnnotationEncryptedSource + ": \"true\"` on a " +
			"claim with a data source, or on a PersistentVolume whose `spec.claimRef` is in the namespace (HDS-ENC-03). The " +
			"driver formats a source that is not encrypted, and its data is lost."),
		"http_redirect": exceptions("Namespaces whose Gateways and ListenerSets may have a listener of HTTP on port 80, or " +
			"8000 as in the chart of Traefik, to redirect to HTTPS (HDS-ENC-01). A policy does not see the HTTPRoutes of the " +
			"listener: that they only redirect is what the approver states."),
		"default_certificate_classes": schema.SetAttribute{Optional: true, Computed: true, ElementType: types.StringType,
			Default: setdefault.StaticValue(texts(nil)),
			MarkdownDescription: "Classes of Ingresses whose controller has a valid default certificate (HDS-ENC-01): the " +
				"`spec.tls` of such an Ingress lists its hosts and needs no `secretName`. Each shows in " +
				"`responsibility_transfers`. Default: none.",
			Validators: []validator.Set{tfkit.NoNulls{}, setvalidator.ValueStringsAre(ingressClass())}},
		"inline_csi_drivers": schema.SetAttribute{Optional: true, Computed: true, ElementType: types.StringType,
			Default: setdefault.StaticValue(texts(guardrails.DefaultInlineDrivers())),
			MarkdownDescription: fmt.Sprintf("CSI drivers that pods may use in inline volumes (HDS-ENC-03): drivers that hold "+
				"no data. Inline volumes of every other source, such as nfs, are always refused, and so is a driver in this list "+
				"that is known to hold data, such as `csi.scaleway.com` or `nfs.csi.k8s.io`. What is not in the default shows in "+
				"`responsibility_transfers`. Default: `%v`.",
				guardrails.DefaultInlineDrivers()),
			Validators: []validator.Set{tfkit.NoNulls{}, setvalidator.ValueStringsAre(inlineDriver())}},

		"id": schema.StringAttribute{Computed: true, MarkdownDescription: "Identifier, `fr-par/UUID/guardrails` with the " +
			"UUID of the cluster. Known at plan where `cluster_id` is."},
		"owner_id": schema.StringAttribute{Computed: true, MarkdownDescription: "Random id of the owner that the mark in " +
			"the cluster names, " +
			"`" + ownerMark + "`. It is no secret. Where the mark names another owner, another state has the guardrails."},
		"policy_digest": schema.StringAttribute{Computed: true,
			MarkdownDescription: "Digest of the admission policies and their bindings, `sha256:` and 64 hexadecimal digits, " +
				"known at plan. Where the cluster's differ, it shows that in the plan."},
		"objects": schema.ListAttribute{Computed: true, ElementType: types.StringType,
			MarkdownDescription: "Objects that are applied, as `kind/name`, known at plan."},
		"manifests": schema.StringAttribute{Computed: true,
			MarkdownDescription: "Policies and their bindings as one YAML text, known at plan and without Secrets, for Git " +
				"and for checks without a cluster. Another manager, such as Argo CD, may apply the same text by server-side " +
				"apply: equal content is no drift."},
		"responsibility_transfers": tfkit.TransfersAttribute("guardrails"),
		"older_claims":             olderClaimsAttribute(),
		"drift": schema.ListNestedAttribute{Computed: true,
			MarkdownDescription: "Fields that others have changed in the cluster, as the last refresh found them (INC-04). " +
				"The plan empties it, and the apply takes back exactly these fields.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"object": schema.StringAttribute{Computed: true, MarkdownDescription: "Object, as `kind/name`."},
				"field": schema.StringAttribute{Computed: true, MarkdownDescription: "Path of the field. Empty where the whole " +
					"object is absent."},
				"found": schema.StringAttribute{Computed: true, MarkdownDescription: "Value in the cluster, shortened. Never " +
					"that of a passphrase."},
				"owner": schema.StringAttribute{Computed: true, MarkdownDescription: "Field manager that set it, such as " +
					"`kubectl-edit`. Empty where none is known."},
			}}},
	}}
}

func volumeEncryption() schema.SingleNestedAttribute {
	zones := []attr.Value{}
	for _, zone := range compliance.Zones() {
		zones = append(zones, types.StringValue(zone))
	}
	return schema.SingleNestedAttribute{
		Required: true,
		MarkdownDescription: "Encryption of volumes (HDS-ENC-03): the StorageClass and the passphrase, in place of the " +
			"plaintext default (OTC-14). Its policies always refuse and know no exemption.",
		Attributes: map[string]schema.Attribute{
			"passphrase_wo": schema.StringAttribute{Optional: true, WriteOnly: true, Sensitive: true,
				MarkdownDescription: fmt.Sprintf("Passphrase of new volumes, at least %d characters, without white space at "+
					"its ends and not one character repeated, from an ephemeral resource or variable. It is write-only: neither "+
					"state nor plan holds it. It is read where a Secret is written: at create, for a new `passphrase_wo_version`, "+
					"and where the Secret is absent from the cluster. Otherwise it may be null; another one is not used, and a "+
					"warning says "+
					"so.", guardrails.MinPassphrase),
				Validators: []validator.String{passphrase{}}},
			"passphrase_wo_version": schema.Int64Attribute{CustomType: tfkit.IntegerType{}, Required: true,
				MarkdownDescription: "Version of the passphrase, 1 or more. Another passphrase needs another version, which gets " +
					"a Secret of its own (HDS-ENC-07).",
				Validators: []validator.Int64{int64validator.AtLeast(1)}},
			"reclaim_policy": schema.StringAttribute{Optional: true, Computed: true,
				Default: stringdefault.StaticString("Retain"),
				MarkdownDescription: "What becomes of a volume whose claim is deleted: `Retain` or `Delete`. Default: `Retain`. " +
					"It holds for new volumes.",
				Validators: []validator.String{stringvalidator.OneOf("Retain", "Delete")}},
			"iops": schema.Int64Attribute{CustomType: tfkit.IntegerType{}, Optional: true, Computed: true,
				Default:             int64default.StaticInt64(5000),
				MarkdownDescription: "Input and output operations per second of new volumes: `5000` or `15000`. Default: `5000`.",
				Validators:          []validator.Int64{int64validator.OneOf(5000, 15000)}},
			"zones": schema.SetAttribute{Optional: true, Computed: true, ElementType: types.StringType,
				Default: setdefault.StaticValue(
					types.SetValueMust(types.StringType, zones),
				),
				MarkdownDescription: "Zones of fr-par in which new volumes may be (HDS-RES-02). Default: all three.",
				Validators: []validator.Set{
					tfkit.NoNulls{}, setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(
						stringvalidator.OneOf(compliance.Zones()...),
					),
				}},
			"class_name": schema.StringAttribute{Optional: true, Computed: true,
				Default: stringdefault.StaticString("srm-encrypted"),
				MarkdownDescription: "Name of the StorageClass. Default: `srm-encrypted`. Under another name claims must use the " +
					"new one; the old class stays where a volume is of it, or a claim of it waits for one.",
				Validators: []validator.String{dnsName(), stringvalidator.NoneOf(guardrails.ShippedClasses()...)}},
			"namespace": schema.StringAttribute{Optional: true, Computed: true,
				Default: stringdefault.StaticString("srm-system"),
				MarkdownDescription: "Namespace of the Secrets, made where it is absent. Default: `srm-system`; never `default` " +
					"or one that begins with `kube-`. It cannot be changed, as volumes name it. It gets the Pod Security labels of " +
					"the `restricted` standard and a NetworkPolicy that denies all traffic: no workload belongs there. A create is " +
					"refused where pods run in a namespace that others made.",
				Validators: []validator.String{dnsName(), ownNamespace()}},
		},
	}
}

func exceptionTypes() map[string]attr.Type {
	return map[string]attr.Type{"namespace": types.StringType, "reason": types.StringType, "approver": types.StringType}
}

// exceptions is the attribute of namespaces in which an attestation of their users is accepted.
func exceptions(what string) schema.SetNestedAttribute {
	return schema.SetNestedAttribute{Optional: true, Computed: true, Validators: []validator.Set{tfkit.NoNulls{}},
		Default: setdefault.StaticValue(
			types.SetValueMust(types.ObjectType{AttrTypes: exceptionTypes()}, []attr.Value{}),
		),
		MarkdownDescription: what + " Each shows in `responsibility_transfers`, and has no end. Default: none.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"namespace": schema.StringAttribute{
				Required: true, MarkdownDescription: "Namespace.", Validators: []validator.String{dnsName()},
			},
			"reason": schema.StringAttribute{Required: true, MarkdownDescription: "Why.", Validators: states("reason")},
			"approver": schema.StringAttribute{
				Required: true, MarkdownDescription: "Who approved it, not its author.", Validators: states("approver"),
			},
		}}}
}

// states refuses a reason or an approver that says nothing.
func states(name string) []validator.String {
	return []validator.String{
		tfkit.Checked("must state something", func(text string) error { return checkStatement(name, text) }),
	}
}

func actions() []validator.String {
	return []validator.String{stringvalidator.OneOf(guardrails.Deny, guardrails.Warn, guardrails.Audit)}
}

func exemptionTypes() map[string]attr.Type {
	return map[string]attr.Type{
		"namespace": types.StringType, "reason": types.StringType, "approver": types.StringType, "until": types.StringType,
	}
}

// rule is the attribute of one policy that can be loosened; more are lists of identities that it lets through, by
// attribute.
func rule(what, action string, more map[string][]string) schema.SingleNestedAttribute {
	exemption := types.ObjectType{AttrTypes: exemptionTypes()}
	exempt := "Namespaces that the policy leaves out. Each shows in `responsibility_transfers`. Default: none."
	if more != nil {
		exempt = "None is accepted, as the policy judges one namespace."
	}
	none := types.SetValueMust(exemption, []attr.Value{})
	attributes := map[string]schema.Attribute{
		"action": schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString(action),
			MarkdownDescription: fmt.Sprintf("What becomes of such an object: `deny`, `warn` or `audit`. Default: `%s`. What "+
				"is looser than that shows in `responsibility_transfers`.", action),
			Validators: actions()},
		"exemptions": schema.SetNestedAttribute{Optional: true, Computed: true, Validators: []validator.Set{tfkit.NoNulls{}},
			Default:             setdefault.StaticValue(none),
			MarkdownDescription: exempt,
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"namespace": schema.StringAttribute{
					Required: true, MarkdownDescription: "Namespace that is left out.", Validators: []validator.String{dnsName()},
				},
				"reason": schema.StringAttribute{Required: true, MarkdownDescription: "Why.", Validators: states("reason")},
				"approver": schema.StringAttribute{
					Required: true, MarkdownDescription: "Who approved it, not its author.", Validators: states("approver"),
				},
				"until": schema.StringAttribute{Required: true, Validators: []validator.String{day()},
					MarkdownDescription: "Last day of the exemption, `YYYY-MM-DD`, at most 180 days ahead. After it the plan warns; " +
						"the policy leaves the namespace out until the exemption is removed."},
			}}},
	}
	values := map[string]attr.Value{"action": types.StringValue(action), "exemptions": none}
	kinds := map[string]attr.Type{"action": types.StringType, "exemptions": types.SetType{ElemType: exemption}}
	for name, defaults := range more {
		attributes[name] = identities(name, defaults)
		values[name], kinds[name] = texts(nil), types.SetType{ElemType: types.StringType}
	}
	return schema.SingleNestedAttribute{
		Optional: true, Computed: true, MarkdownDescription: what, Attributes: attributes,
		Default: objectdefault.StaticValue(types.ObjectValueMust(kinds, values)),
	}
}

func identities(what string, defaults []string) schema.SetAttribute {
	return schema.SetAttribute{
		Optional: true, Computed: true, ElementType: types.StringType, Default: setdefault.StaticValue(texts(nil)),
		MarkdownDescription: fmt.Sprintf("Kubernetes %s that may change kube-system, as the API server names them, in "+
			"addition to those of the cluster's own components: `%v`. One that covers all users or all service accounts, such "+
			"as `system:authenticated`, is refused. Which identity Scaleway's automation has is not published. Default: none.",
			what, defaults),
		Validators: []validator.Set{tfkit.NoNulls{}, setvalidator.ValueStringsAre(identity(what))},
	}
}

func texts(values []string) types.Set {
	elements := []attr.Value{}
	for _, value := range slices.Sorted(slices.Values(values)) {
		elements = append(elements, types.StringValue(value))
	}
	return types.SetValueMust(types.StringType, elements)
}

func identitySchema() identityschema.Schema {
	return identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"region": identityschema.StringAttribute{OptionalForImport: true, Description: "Region of the cluster: fr-par."},
		"id":     identityschema.StringAttribute{RequiredForImport: true, Description: "UUID of the cluster."},
	}}
}
