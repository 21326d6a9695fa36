// Package fakescaleway is a stand-in for Scaleway's official provider, which tests cannot download. It holds the
// schemas of its cluster, pool and allow-list (version 2, as of 2026-08), and reads, updates and destroys these
// objects. Tests move resources from it with `moved`, and back to it with `import`.
package fakescaleway

import (
	"context"
	"net"
	"strings"

	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// Addresses returns the addresses of the official provider in the two registries.
func Addresses() []string {
	return []string{"registry.terraform.io/scaleway/scaleway", "registry.opentofu.org/scaleway/scaleway"}
}

// Provider returns the stand-in, configured with the URL of an API and an API key.
func Provider(url, accessKey, secretKey, organization, project string) *schema.Provider {
	return providerOf(func() (*scw.Client, error) {
		return scw.NewClient(
			scw.WithAPIURL(url), scw.WithAuth(accessKey, secretKey), scw.WithDefaultOrganizationID(organization),
			scw.WithDefaultProjectID(project), scw.WithDefaultRegion(scw.RegionFrPar),
		)
	})
}

func providerOf(newClient func() (*scw.Client, error)) *schema.Provider {
	return &schema.Provider{
		ResourcesMap: map[string]*schema.Resource{
			"scaleway_k8s_cluster": clusterResource(), "scaleway_k8s_pool": poolResource(),
			"scaleway_k8s_acl": aclResource(),
		},
		ConfigureContextFunc: func(context.Context, *schema.ResourceData) (any, diag.Diagnostics) {
			client, err := newClient()
			if err != nil {
				return nil, diag.FromErr(err)
			}
			return k8s.NewAPI(client), nil
		},
	}
}

// withAPI turns an operation into a CRUD function of the SDK. The operation gets the API, and region and UUID of the
// resource's id.
func withAPI(
	operation func(ctx context.Context, d *schema.ResourceData, api *k8s.API, region scw.Region, id string) error,
) func(context.Context, *schema.ResourceData, any) diag.Diagnostics {
	return func(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
		api, ok := meta.(*k8s.API)
		if !ok {
			return diag.Errorf("the provider is not configured")
		}
		region, id := splitID(d.Id())
		if d.Id() == "" {
			region, id = splitID(d.Get("cluster_id").(string)) //nolint:forcetypeassert // the schema says so
		}
		return diag.FromErr(operation(ctx, d, api, region, id))
	}
}

// splitID returns the region and the UUID of an id. The default region is fr-par.
func splitID(id string) (scw.Region, string) {
	region, uuid, ok := strings.Cut(id, "/")
	if !ok {
		return scw.RegionFrPar, id
	}
	return scw.Region(region), uuid
}

func joinID(region scw.Region, id string) string { return string(region) + "/" + id }

// unsupported returns an operation that fails: the tests do not need it.
func unsupported(what string) func(context.Context, *schema.ResourceData, any) diag.Diagnostics {
	return func(context.Context, *schema.ResourceData, any) diag.Diagnostics {
		return diag.Errorf("the stand-in of the official provider does not %s", what)
	}
}

// setAttributes sets attributes. If err is that of a missing object, it removes the resource from the state.
func setAttributes(d *schema.ResourceData, err error, values func() map[string]any) error {
	if _, missing := err.(*scw.ResourceNotFoundError); missing { //nolint:errorlint // the SDK returns it bare
		d.SetId("")
		return nil
	}
	if err != nil {
		return err
	}
	for name, value := range values() {
		if err := d.Set(name, value); err != nil {
			return err
		}
	}
	return nil
}

func allIPv4() *scw.IPNet {
	return &scw.IPNet{IPNet: net.IPNet{IP: net.IPv4zero, Mask: net.CIDRMask(0, 32)}}
}
