package acctest

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// EnrolMachine enrols a machine in an external pool as its program does, sends a heartbeat from its address, and
// returns the UUID of its node.
func (e *Env) EnrolMachine(
	ctx context.Context, client *scaleway.Client, pool *k8s.Pool, address string,
) (string, error) {
	enrolled, _, err := client.EnrolExternalNode(ctx, pool)
	if err != nil {
		return "", err
	}
	metadata, err := client.NodeMetadata(ctx, pool.Region, enrolled)
	if err != nil {
		return "", err
	}
	body := fmt.Sprintf(`{"ready": true, "address": %q}`, address)
	return metadata.ID, e.SendHeartbeat(ctx, metadata.ID, enrolled.NodeSecretKey, body)
}

// SendHeartbeat sends a heartbeat with a node's own credential, as the kubelet of a machine does. body is that of the
// sandbox's request, such as {"ready": true}.
func (e *Env) SendHeartbeat(ctx context.Context, nodeID, credential, body string) error {
	request, err := http.NewRequestWithContext(
		ctx, http.MethodPost, e.URL+"/_sandbox/nodes/"+nodeID+"/heartbeat", strings.NewReader(body),
	)
	if err != nil {
		return err
	}
	request.Header.Set("X-Auth-Token", credential)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("heartbeat: %s", response.Status)
	}
	return nil
}
