package sandbox

import (
	"errors"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/registry/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

func TestRegistry(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	api, ctx := registry.NewAPI(sdkClientOf(r)), scw.WithContext(t.Context())
	n := must(api.CreateNamespace(&registry.CreateNamespaceRequest{Name: "apps", IsPublic: true}, ctx))(t)
	if n.Endpoint != "rg.fr-par.scw.cloud/apps" || n.Status != registry.NamespaceStatusReady {
		t.Errorf("got %+v", n)
	}
	var invalid *scw.InvalidArgumentsError
	for _, name := range []string{"apps", "A", "-abc-"} {
		if _, err := api.CreateNamespace(&registry.CreateNamespaceRequest{Name: name}, ctx); !errors.As(err, &invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, tag := range []string{"v1", "v2", "v2"} {
		if err := r.server.PushImage(n.ID, "web", tag, 5*scw.MB); err != nil {
			t.Fatal(err)
		}
	}
	got := must(api.GetNamespace(&registry.GetNamespaceRequest{NamespaceID: n.ID}, ctx))(t)
	if got.ImageCount != 1 || got.Size != 5*scw.MB {
		t.Errorf("got %+v", got)
	}
	images := must(api.ListImages(&registry.ListImagesRequest{NamespaceID: &n.ID, Name: scw.StringPtr("web")}, ctx))(t)
	if images.TotalCount != 1 || images.Images[0].Visibility != registry.ImageVisibilityInherit {
		t.Fatalf("got %+v", images)
	}
	image := images.Images[0]
	must(api.UpdateImage(&registry.UpdateImageRequest{
		ImageID: image.ID, Visibility: registry.ImageVisibilityPrivate,
	}, ctx))(t)
	tags := must(api.ListTags(&registry.ListTagsRequest{
		ImageID: image.ID, OrderBy: registry.ListTagsRequestOrderByNameDesc,
	}, ctx))(t)
	if tags.TotalCount != 2 || tags.Tags[0].Name != "v2" {
		t.Fatalf("got %+v", tags)
	}
	if got := must(api.DeleteTag(&registry.DeleteTagRequest{TagID: tags.Tags[0].ID}, ctx))(t); got.Status !=
		registry.TagStatusDeleting {
		t.Errorf("got %+v", got)
	}
	r.server.Advance(time.Second)
	expectJSON(t, []string{"v1"}, must(api.GetImage(&registry.GetImageRequest{ImageID: image.ID}, ctx))(t).Tags)
	must(api.DeleteNamespace(&registry.DeleteNamespaceRequest{NamespaceID: n.ID}, ctx))(t)
	r.server.Advance(time.Second)
	base := "/registry/v1/regions/fr-par"
	expectJSON(t, map[string]string{"message": "Namespace was not found"},
		r.call(404, "GET", base+"/namespaces/"+n.ID, ""))
	expectJSON(t, map[string]string{"message": "Image was not found"}, r.call(404, "GET", base+"/images/"+image.ID, ""))
}
