package guardrails_test

import (
	"context"
	"fmt"
	"net"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/apiserver"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

const (
	address    = "srm_hds_guardrails.test"
	passphrase = "passphrase-of-version-one-0123456789abcdef"
)

var (
	claims   = schema.GroupVersionResource{Version: "v1", Resource: "persistentvolumeclaims"}
	volumes  = schema.GroupVersionResource{Version: "v1", Resource: "persistentvolumes"}
	secrets  = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	classes  = schema.GroupVersionResource{Group: "storage.k8s.io", Version: "v1", Resource: "storageclasses"}
	policies = schema.GroupVersionResource{
		Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingadmissionpolicies",
	}
	bindings = schema.GroupVersionResource{
		Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingadmissionpolicybindings",
	}

	namespaces      = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	pods            = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	networkPolicies = schema.GroupVersionResource{
		Group: "networking.k8s.io", Version: "v1", Resource: "networkpolicies",
	}
)

// kubeClient is a client of the cluster's API server with the rights of an administrator.
type kubeClient struct {
	t *testing.T
	// host is the API server's address and port.
	host string
	dynamic.Interface
}

func newKubeClient(t *testing.T, server *apiserver.Server) kubeClient {
	t.Helper()
	config, err := clientcmd.RESTConfigFromKubeConfig(server.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	config.BearerToken, config.WarningHandlerWithContext = sandbox.SecretKey, rest.NoWarnings{}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return kubeClient{t: t, host: strings.TrimPrefix(server.URL(), "https://"), Interface: client}
}

// create creates an object from a manifest.
func (in kubeClient) create(
	resource schema.GroupVersionResource, namespace, manifest string,
) (*unstructured.Unstructured, error) {
	in.t.Helper()
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(manifest), &object.Object); err != nil {
		in.t.Fatal(err)
	}
	return in.resourceClient(resource, namespace).Create(in.t.Context(), object, metav1.CreateOptions{})
}

func (in kubeClient) resourceClient(resource schema.GroupVersionResource, namespace string) dynamic.ResourceInterface {
	if namespace == "" {
		return in.Resource(resource)
	}
	return in.Resource(resource).Namespace(namespace)
}

func (in kubeClient) mustCreate(resource schema.GroupVersionResource, namespace, manifest string) {
	in.t.Helper()
	if _, err := in.create(resource, namespace, manifest); err != nil {
		in.t.Fatal(err)
	}
}

// patch changes an object out of band, as `kubectl edit` does.
func (in kubeClient) patch(resource schema.GroupVersionResource, namespace, name, patch string) {
	in.t.Helper()
	kind := types.MergePatchType
	if patch[0] == '[' {
		kind = types.JSONPatchType
	}
	if _, err := in.resourceClient(resource, namespace).Patch(
		in.t.Context(), name, kind, []byte(patch), metav1.PatchOptions{FieldManager: "kubectl-edit"},
	); err != nil {
		in.t.Fatal(err)
	}
}

func (in kubeClient) mustDelete(resource schema.GroupVersionResource, namespace, name string) {
	in.t.Helper()
	if err := in.resourceClient(resource, namespace).Delete(in.t.Context(), name, metav1.DeleteOptions{}); err != nil {
		in.t.Fatal(err)
	}
}

func (in kubeClient) field(resource schema.GroupVersionResource, namespace, name string, path ...string) string {
	in.t.Helper()
	object, err := in.resourceClient(resource, namespace).Get(in.t.Context(), name, metav1.GetOptions{})
	if errors.IsNotFound(err) {
		return "absent"
	}
	if err != nil {
		in.t.Fatal(err)
	}
	value, _, err := unstructured.NestedFieldNoCopy(object.Object, path...)
	if err != nil {
		in.t.Fatal(err)
	}
	return fmt.Sprint(value)
}

// rig is a sandbox with a cluster, and the API server of its kubeconfig.
type rig struct {
	*acctest.Env
	kube    kubeClient
	cluster string
}

func newRig(t *testing.T, seed func(context.Context, *apiserver.Server) error) rig {
	t.Helper()
	server := acctest.Kubernetes(t, seed)
	return newRigOn(t, server, acctest.WithKubernetes(server))
}

// newRigOn does the work of newRig with a sandbox option that sets the API server.
func newRigOn(t *testing.T, server *apiserver.Server, option func(*sandbox.Options)) rig {
	t.Helper()
	env := acctest.New(t, option)
	cluster := env.CreateCluster(t)
	office := scw.IPNet{IPNet: net.IPNet{IP: net.IPv4(192, 0, 2, 0), Mask: net.CIDRMask(24, 32)}}
	if _, err := env.Client(t).SetAllowList(
		t.Context(), scw.RegionFrPar, cluster, []*k8s.ACLRuleRequest{{IP: &office}},
	); err != nil {
		t.Fatal(err)
	}
	return rig{Env: env, kube: newKubeClient(t, server), cluster: cluster}
}

// resourceConfig returns the guardrails of the rig's cluster, without a provider block.
func (r rig) resourceConfig(phrase string, version int) string {
	return r.guardrailsConfig(phrase, version, "", "")
}

// config returns the guardrails with a provider block. extra is added to volume_encryption, after follows it.
func (r rig) config(phrase string, version int, extra, after string) string {
	return r.Config(r.guardrailsConfig(phrase, version, extra, after))
}

func (r rig) guardrailsConfig(phrase string, version int, extra, after string) string {
	return fmt.Sprintf(`
resource "srm_hds_guardrails" "test" {
  cluster_id = %q
  volume_encryption = {
    passphrase_wo         = %q
    passphrase_wo_version = %d
    %s
  }
  %s
}
`, "fr-par/"+r.cluster, phrase, version, extra, after)
}

func claimManifest(name, class string) string {
	return fmt.Sprintf(`{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: %s}, spec: {accessModes: `+
		`[ReadWriteOnce], %s resources: {requests: {storage: 1Gi}}}}`, name, class)
}

// volumeManifest returns a PersistentVolume as the driver creates it for a claim, encrypted with the passphrase of a
// version. Its name ends with the UID of the claim.
func volumeManifest(name string, version int) string {
	return fmt.Sprintf(
		`{apiVersion: v1, kind: PersistentVolume, metadata: {name: %s,
  annotations: {pv.kubernetes.io/provisioned-by: csi.scaleway.com}},
  spec: {accessModes: [ReadWriteOnce], capacity: {storage: 1Gi}, storageClassName: srm-encrypted,
  persistentVolumeReclaimPolicy: Retain, claimRef: {apiVersion: v1, kind: PersistentVolumeClaim, namespace: default,
    name: data, uid: %[3]q},
  csi: {driver: csi.scaleway.com, volumeHandle: fr-par-1/7f3a1c52-0d0e-4b52-9b46-0f6fd7d1c001,
  volumeAttributes: {encrypted: "true",
    storage.kubernetes.io/csiProvisionerIdentity: 1764050000000-8081-csi.scaleway.com},
  nodeStageSecretRef: {name: srm-passphrase-v%[2]d, namespace: srm-system},
    nodeExpandSecretRef: {name: srm-passphrase-v%[2]d,
      namespace: srm-system}}}}`,
		name,
		version,
		name[strings.LastIndex(name, "-")+1:],
	)
}

// TestCreateEnforcesPolicies creates, imports and destroys guardrails.
func TestCreateEnforcesPolicies(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t, nil)
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: r.config(passphrase, 1, "", ""),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectKnownValue(
					address, tfjsonpath.New("id"), knownvalue.StringExact("fr-par/"+r.cluster+"/guardrails"),
				),
				plancheck.ExpectKnownValue(
					address, tfjsonpath.New("policy_digest"), knownvalue.StringRegexp(
						regexp.MustCompile(`^sha256:[0-9a-f]{64}$`),
					),
				),
				plancheck.ExpectKnownValue(
					address, tfjsonpath.New("responsibility_transfers"), knownvalue.ListSizeExact(0),
				),
				plancheck.ExpectKnownValue(address, tfjsonpath.New("manifests"),
					knownvalue.StringRegexp(regexp.MustCompile(
						`^apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\n`))),
			}, PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(
					address, tfjsonpath.New("volume_encryption").AtMapKey("passphrase_wo"), knownvalue.Null(),
				),
				statecheck.ExpectKnownValue(address, tfjsonpath.New("drift"), knownvalue.ListSizeExact(0)),
			},
			Check: func(*terraform.State) error {
				if found := r.kube.field(
					classes, "", "sbs-default", "metadata", "annotations",
					"storageclass.kubernetes.io/is-default-class",
				); found != "false" {
					return fmt.Errorf("sbs-default is still default: %s", found)
				}
				created, err := r.kube.create(claims, "default", claimManifest("none", ""))
				if err != nil {
					return err
				}
				if class, _, _ := unstructured.NestedString(
					created.Object, "spec", "storageClassName",
				); class != "srm-encrypted" {
					return fmt.Errorf("a claim without class got %q", class)
				}
				if _, err := r.kube.create(
					claims,
					"default",
					claimManifest("plain", "storageClassName: sbs-default,"),
				); err == nil {
					return fmt.Errorf("a claim of sbs-default was accepted")
				}
				return nil
			},
		},
		{
			ResourceName: address, ImportState: true, ImportStateId: r.cluster, ImportStateVerify: true,
			ImportStateVerifyIgnore: []string{"timeouts"},
		},
		{
			ResourceName: address, ImportState: true, ImportStateId: "fr-par/" + r.cluster + "/guardrails",
			ImportStateVerify: true, ImportStateVerifyIgnore: []string{"timeouts"},
		},
		{
			ResourceName: address, ImportState: true, ImportStateId: "fr-par/" + r.cluster + "/pools",
			ExpectError: regexp.MustCompile(`fr-par/UUID/guardrails`),
		},
		{
			ResourceName: address, ImportState: true, ImportStateId: "nl-ams/" + r.cluster + "/guardrails",
			ExpectError: regexp.MustCompile(`fr-par/UUID/guardrails`),
		},
		{Config: r.config(passphrase, 1, "", ""), PlanOnly: true},
	}})
	if found := r.kube.field(policies, "", "srm-claims", "kind"); found != "absent" {
		t.Errorf("the destroy left a policy: %s", found)
	}
	if found := r.kube.field(secrets, "srm-system", "srm-passphrase-v1", "kind"); found != "absent" {
		t.Errorf("the destroy left a Secret that no volume needs: %s", found)
	}
}
