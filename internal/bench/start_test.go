package bench

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
)

// BenchmarkStart measures the time from the start of the provider's process to its answer with all schemas, and reports
// how large the binary of a release is.
func BenchmarkStart(b *testing.B) {
	binary := release(b)
	info, err := os.Stat(binary)
	if err != nil {
		b.Fatal(err)
	}
	answered := 0
	for b.Loop() {
		answered = len(schemas(b, binary))
	}
	b.ReportMetric(float64(info.Size())/(1<<20), "binary-MB")
	b.ReportMetric(float64(answered)/(1<<10), "schema-kB")
}

// schemas starts the provider as a CLI does, and returns its answer as it is on the wire.
func schemas(b *testing.B, binary string) []byte {
	b.Helper()
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: plugin.HandshakeConfig{ // that of every CLI
			ProtocolVersion: 6, MagicCookieKey: "TF_PLUGIN_MAGIC_COOKIE",
			MagicCookieValue: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
		},
		Plugins: plugin.PluginSet{
			"provider": &connection{},
		}, AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC}, AutoMTLS: true,
		Cmd: exec.CommandContext(b.Context(), binary), Logger: hclog.NewNullLogger(),
	})
	defer func() {
		b.StopTimer()
		client.Kill()
		b.StartTimer()
	}()
	protocol, err := client.Client()
	if err != nil {
		b.Fatal(err)
	}
	dispensed, err := protocol.Dispense("provider")
	if err != nil {
		b.Fatal(err)
	}
	conn, ok := dispensed.(*grpc.ClientConn)
	if !ok {
		b.Fatalf("the plugin is a %T", dispensed)
	}
	var answer []byte
	if err := conn.Invoke(
		b.Context(), "/tfplugin6.Provider/GetProviderSchema", []byte{}, &answer, grpc.ForceCodec(wire{}),
		grpc.MaxCallRecvMsgSize(64<<20),
	); err != nil {
		b.Fatal(err)
	}
	return answer
}

// connection is a plugin that is used as it is.
type connection struct{ plugin.NetRPCUnsupportedPlugin }

func (*connection) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error {
	return errors.New("nothing is served here")
}

func (*connection) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return conn, nil
}

// wire leaves messages as bytes: an empty one is GetProviderSchema's request.
type wire struct{}

func (wire) Name() string { return "proto" }

func (wire) Marshal(message any) ([]byte, error) {
	raw, ok := message.([]byte)
	if !ok {
		return nil, errors.New("not bytes")
	}
	return raw, nil
}

func (wire) Unmarshal(raw []byte, into any) error {
	target, ok := into.(*[]byte)
	if !ok {
		return errors.New("not bytes")
	}
	*target = append((*target)[:0], raw...)
	return nil
}
