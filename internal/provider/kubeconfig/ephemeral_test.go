package kubeconfig_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/provider"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

const (
	publicHost = `^https://[0-9a-f-]{36}\.api\.k8s\.`
	vpcHost    = `^https://[0-9a-f-]{36}\.internal\.k8s\.`
)

// runSteps runs test steps with the echo provider, which stores the result of the ephemeral resource in the state.
func runSteps(t *testing.T, env *acctest.Env, all ...resource.TestStep) {
	t.Helper()
	factories := env.ProviderFactories()
	factories["echo"] = echoprovider.NewProviderServer()
	env.Test(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: all})
}

// resourceConfig returns a configuration with the ephemeral resource and an echo resource. An echo resource never
// changes, so each step needs its own name.
func resourceConfig(name, arguments string) string {
	return fmt.Sprintf("ephemeral \"srm_kubeconfig\" \"one\" {\n%s\n}\nprovider \"echo\" {\n  data = "+
		"ephemeral.srm_kubeconfig.one\n}\nresource \"echo\" %q {}\n", arguments, name)
}

func clusterIDArgument(id string) string { return fmt.Sprintf("cluster_id = %q\n", id) }

func expectValue(name, attribute string, want knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue("echo."+name, tfjsonpath.New("data").AtMapKey(attribute), want)
}

func matches(pattern string) knownvalue.Check {
	return knownvalue.StringRegexp(regexp.MustCompile(pattern))
}

// absentFromState checks that the text does not occur in the state.
type absentFromState string

func (n absentFromState) CheckState(
	_ context.Context,
	req statecheck.CheckStateRequest,
	resp *statecheck.CheckStateResponse,
) {
	state, err := json.Marshal(req.State.Values)
	if err != nil {
		resp.Error = err
	} else if strings.Contains(string(state), string(n)) {
		resp.Error = errors.New("the state contains a secret")
	}
}

// messageRegexp returns a pattern that matches a message even if the CLI wraps it.
func messageRegexp(pattern string) *regexp.Regexp {
	return regexp.MustCompile("(?s)" + strings.ReplaceAll(pattern, " ", `\s+`))
}

// readAdminToken reads the admin token from the sandbox. The provider never requests it.
func readAdminToken(t *testing.T, env *acctest.Env, id string) string {
	t.Helper()
	client, err := scw.NewClient(scw.WithAPIURL(env.URL), scw.WithAuth(sandbox.AccessKey, sandbox.SecretKey))
	if err != nil {
		t.Fatal(err)
	}
	file, err := k8s.NewAPI(client).GetClusterKubeConfig(
		&k8s.GetClusterKubeConfigRequest{Region: scw.RegionFrPar, ClusterID: id}, scw.WithContext(t.Context()),
	)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := clientcmd.Load(file.GetRaw())
	if err != nil {
		t.Fatal(err)
	}
	for _, user := range loaded.AuthInfos {
		if user.Token != "" {
			return user.Token
		}
	}
	t.Fatal("the kubeconfig of the sandbox has no admin token")
	return ""
}

// assertRedacted checks that kubeconfigs were requested, and all of them without the admin token.
func assertRedacted(t *testing.T, env *acctest.Env) {
	t.Helper()
	count := 0
	for _, request := range env.Sandbox.Requests() {
		if !strings.HasSuffix(request.Path, "/kubeconfig") {
			continue
		}
		count++
		query, err := url.ParseQuery(request.Query)
		if err != nil || query.Get("redacted") != "true" {
			t.Errorf("%s?%s is not redacted", request.Path, request.Query)
		}
	}
	if count == 0 {
		t.Error("no kubeconfig was requested")
	}
}

func TestForms(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, acctest.WithGeneratedKubeconfig)
	id := env.CreateCluster(t)
	admin := readAdminToken(t, env, id)
	env.Sandbox.ClearRequests()
	token := func(name, host string) []statecheck.StateCheck {
		return []statecheck.StateCheck{
			absentFromState(admin),
			expectValue(name, "host", matches(host)),
			expectValue(name, "tls_server_name", knownvalue.Null()),
			expectValue(
				name, "cluster_ca_certificate", matches(`^-----BEGIN CERTIFICATE-----\n`),
			),
			expectValue(name, "token", knownvalue.StringExact(sandbox.SecretKey)),
			expectValue(name, "exec", knownvalue.Null()),
			expectValue(name, "file", matches(`token: `+sandbox.SecretKey)),
			expectValue(
				name, "file", matches(`current-context: fr-par/`+id),
			),
		}
	}
	exec := func(name, host string) []statecheck.StateCheck {
		return []statecheck.StateCheck{
			absentFromState(admin),
			absentFromState(sandbox.SecretKey),
			expectValue(name, "host", matches(host)),
			expectValue(name, "tls_server_name", knownvalue.Null()),
			expectValue(
				name,
				"cluster_ca_certificate",
				matches(`^-----BEGIN CERTIFICATE-----\n`),
			),
			expectValue(name, "token", knownvalue.Null()),
			expectValue(name, "exec", knownvalue.ObjectExact(map[string]knownvalue.Check{
				"api_version": knownvalue.StringExact(
					"client.authentication.k8s.io/v1",
				), "command": knownvalue.StringExact("scw"),
				"args": knownvalue.ListExact(
					[]knownvalue.Check{knownvalue.StringExact("k8s"), knownvalue.StringExact("exec-credential")},
				),
				"env": knownvalue.MapSizeExact(0),
			})),
			expectValue(name, "file", matches(`command: scw`)),
		}
	}
	runSteps(
		t,
		env,
		resource.TestStep{
			Config:            env.Config(resourceConfig("regional", clusterIDArgument("fr-par/"+id))),
			ConfigStateChecks: token("regional", publicHost),
		},
		resource.TestStep{
			Config: env.Config(resourceConfig("bare",
				clusterIDArgument(strings.ToUpper(id))+`form = "token"`+"\n"+`endpoint = `+
					`"public"`)),
			ConfigStateChecks: token("bare", publicHost),
		},
		resource.TestStep{
			Config:            env.Config(resourceConfig("vpc", clusterIDArgument(id)+`endpoint = "vpc"`)),
			ConfigStateChecks: token("vpc", vpcHost),
		},
		resource.TestStep{
			Config:            env.Config(resourceConfig("exec", clusterIDArgument(id)+`form = "exec"`)),
			ConfigStateChecks: exec("exec", publicHost),
		},
		resource.TestStep{
			Config: env.Config(
				resourceConfig("both", clusterIDArgument(id)+`form = "exec"`+"\n"+`endpoint = "vpc"`),
			), ConfigStateChecks: exec("both", vpcHost),
		},
	)
	assertRedacted(t, env)
}

// TestKubernetesBlock checks that the provider's kubernetes block sets the address unless endpoint is set.
func TestKubernetesBlock(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, acctest.WithGeneratedKubeconfig)
	id := env.CreateCluster(t)
	const bastion = `kubernetes = { host = "10.0.0.4", tls_server_name = "api.example" }`
	step := func(block, name, arguments, host string, server knownvalue.Check) resource.TestStep {
		return resource.TestStep{
			Config: env.ProviderBlock(block) + resourceConfig(name, clusterIDArgument(id)+arguments),
			ConfigStateChecks: []statecheck.StateCheck{
				expectValue(name, "host", matches(host)),
				expectValue(name, "tls_server_name", server),
			},
		}
	}
	runSteps(t, env,
		step(bastion, "bastion", "", `^https://10\.0\.0\.4:6443$`, knownvalue.StringExact("api.example")),
		step(bastion, "exec", `form = "exec"`, `^https://10\.0\.0\.4:6443$`, knownvalue.StringExact("api.example")),
		step(bastion, "public", `endpoint = "public"`, publicHost, knownvalue.Null()),
		step(bastion, "inside", `endpoint = "vpc"`, vpcHost, knownvalue.Null()),
		step(
			`kubernetes = { host = "bastion.example:443" }`, "port", "", `^https://bastion\.example:443$`,
			knownvalue.Null(),
		),
		step(`kubernetes = { endpoint = "vpc" }`, "vpc", "", vpcHost, knownvalue.Null()),
		step(`kubernetes = { endpoint = "vpc" }`, "outside", `endpoint = "public"`, publicHost, knownvalue.Null()),
	)
}

// TestUnknownArguments checks that values unknown at plan are neither requested nor guessed.
func TestUnknownArguments(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, acctest.WithGeneratedKubeconfig)
	id := env.CreateCluster(t)
	later := func(value string) string {
		return fmt.Sprintf("resource \"terraform_data\" \"later\" {\n  input = %q\n}\n", value)
	}
	unknownHost := env.ProviderBlock(`kubernetes = { host = terraform_data.later.output }`)
	runSteps(
		t,
		env,
		resource.TestStep{
			Config: unknownHost + later("10.0.0.4") + resourceConfig("one", clusterIDArgument(id)),
			ExpectError: messageRegexp(`The address of the ` +
				`API server is not known yet.*-target`),
		},
		resource.TestStep{
			Config: unknownHost + later("10.0.0.4") + resourceConfig(
				"public",
				clusterIDArgument(id)+`endpoint = "public"`,
			),
			ConfigStateChecks: []statecheck.StateCheck{expectValue("public", "host", matches(publicHost))},
		},
		resource.TestStep{
			Config: unknownHost + later("10.0.0.4") + resourceConfig("known", clusterIDArgument(id)),
			ConfigStateChecks: []statecheck.StateCheck{
				expectValue("known", "host", knownvalue.StringExact("https://10.0.0.4:6443")),
			},
		},
	)
	other := acctest.New(t, acctest.WithGeneratedKubeconfig)
	created := other.CreateCluster(t)
	runSteps(t, other, resource.TestStep{
		Config: other.Config(
			later("fr-par/"+created) + resourceConfig("created", "cluster_id = terraform_data.later.output"),
		),
		ConfigStateChecks: []statecheck.StateCheck{expectValue("created", "host", matches(publicHost))},
	})
}

// TestExecUsesProfile checks that the exec command uses the profile and the config file of the provider.
func TestExecUsesProfile(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, acctest.WithGeneratedKubeconfig)
	id := env.CreateCluster(t)
	factories := env.ProviderFactories()
	factories["echo"] = echoprovider.NewProviderServer()
	variables := map[string]string{"SCW_CONFIG_PATH": "/etc/scw.yaml", "SCW_PROFILE": "ci"}
	factories["srm"] = acctest.ProviderFactory(provider.WithClock(env.Sandbox.Now),
		provider.WithEnvironment(scaleway.Environment{
			Getenv: func(name string) string { return variables[name] },
			ReadFile: func(name string) ([]byte, error) {
				if name != "/etc/scw.yaml" {
					return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
				}
				return []byte("profiles: {ci: {}, hds: {}}"), nil
			},
		}))
	env.Test(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: []resource.TestStep{
		{
			Config: env.ProviderBlock(`profile = "hds"`) + resourceConfig("one", clusterIDArgument(id)+`form = "exec"`),
			ConfigStateChecks: []statecheck.StateCheck{
				expectValue("one", "exec", knownvalue.ObjectPartial(map[string]knownvalue.Check{
					"args": knownvalue.ListExact([]knownvalue.Check{
						knownvalue.StringExact("--profile"), knownvalue.StringExact("hds"),
						knownvalue.StringExact("k8s"),
						knownvalue.StringExact("exec-credential"),
					}),
					"env": knownvalue.MapExact(map[string]knownvalue.Check{
						"SCW_PROFILE":     knownvalue.StringExact("ci"),
						"SCW_CONFIG_PATH": knownvalue.StringExact("/etc/scw.yaml"),
					}),
				})),
			},
		},
	}})
}

// TestKosmosInAnotherRegion reads the kubeconfig of a Kosmos cluster in another region, which the id contains.
func TestKosmosInAnotherRegion(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, acctest.WithGeneratedKubeconfig)
	created, err := env.Client(t).CreateCluster(t.Context(), &k8s.CreateClusterRequest{
		Region: scw.RegionNlAms, Name: "edge", Type: "multicloud", Version: env.FullVersion(t, "1.35"),
		Cni:  k8s.CNIKilo,
		Tags: []string{},
	})
	if err != nil {
		t.Fatal(err)
	}
	runSteps(t, env,
		resource.TestStep{
			Config: env.Config(resourceConfig("here", clusterIDArgument(created.ID))),
			ExpectError: messageRegexp(
				`Unable to read the kubeconfig of the cluster.*fr-par/` + created.ID + `.*404.*Check the id and ` +
					`its region`,
			),
		},
		resource.TestStep{
			Config: env.Config(resourceConfig("edge", clusterIDArgument("nl-ams/"+created.ID))),
			ConfigStateChecks: []statecheck.StateCheck{
				expectValue("edge", "host", matches(publicHost+`nl-ams`)),
			},
		},
	)
}

func TestErrors(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, acctest.WithGeneratedKubeconfig)
	id := env.CreateCluster(t)
	fault := func(status int) func() {
		return func() {
			if err := env.Sandbox.AddFault(
				sandbox.Fault{Method: http.MethodGet, Path: "*/kubeconfig", Kind: sandbox.FaultStatus, Status: status},
			); err != nil {
				t.Fatal(err)
			}
		}
	}
	runSteps(
		t,
		env,
		resource.TestStep{
			Config: env.Config(resourceConfig("one", clusterIDArgument("records"))),
			ExpectError: messageRegexp(`The id of the cluster is ` +
				`malformed.*region/UUID, or a UUID alone`),
		},
		resource.TestStep{
			Config: env.Config(resourceConfig("one", clusterIDArgument("fr-par-1/"+id))),
			ExpectError: messageRegexp(`The id of the cluster ` +
				`is malformed.*zone fr-par-1`),
		},
		resource.TestStep{
			Config: env.Config(resourceConfig("one", clusterIDArgument(id)+`endpoint = "private"`)),
			ExpectError: messageRegexp(`endpoint ` +
				`value must be one of: \["public" "vpc"\]`),
		},
		resource.TestStep{
			Config: env.Config(resourceConfig("one", clusterIDArgument(id)+`form = "admin"`)),
			ExpectError: messageRegexp(`form value must be ` +
				`one of: \["token" "exec"\]`),
		},
		resource.TestStep{
			PreConfig: fault(http.StatusForbidden), Config: env.Config(resourceConfig("one", clusterIDArgument(id))),
			ExpectError: messageRegexp(
				`Unable to read the kubeconfig of the cluster.*fr-par/` + id + `.*403.*IAM policy`,
			),
		},
		resource.TestStep{
			Config:            env.Config(resourceConfig("one", clusterIDArgument(id))),
			ConfigStateChecks: []statecheck.StateCheck{expectValue("one", "host", matches(publicHost))},
		},
	)
}

// TestKubeconfigWithoutCA checks that a kubeconfig without a CA certificate is an error.
func TestKubeconfigWithoutCA(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, func(o *sandbox.Options) {
		o.Kubeconfig = []byte(`apiVersion: v1
kind: Config
clusters:
- {name: one, cluster: {server: "https://192.0.2.1:6443"}}
contexts:
- {name: one, context: {cluster: one}}
current-context: one
`)
	})
	id := env.CreateCluster(t)
	runSteps(t, env, resource.TestStep{
		Config: env.Config(resourceConfig("one", clusterIDArgument(id))),
		ExpectError: messageRegexp(`Unable to read the kubeconfig of the cluster.*fr-par/` + id + `.*no certificate ` +
			`of the ` +
			`cluster's certificate authority`),
	})
}
