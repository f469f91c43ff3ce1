// The Kubernetes API server with the etcd that it needs, as one program: no registry has either ready to run.
//
//	apiserver DIRECTORY FLAG…
//
// etcd keeps its data in the directory and listens on a Unix socket there; the flags are the API server's own. Both end when
// standard input does, so that a test that dies leaves nothing.
package main

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"

	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

// startEtcd returns the address for the API server's --etcd-servers.
func startEtcd(directory string) (string, error) {
	// etcd's own checks want a host that ends in a port; the name before it is a file in the working directory.
	if err := os.Chdir(directory); err != nil {
		return "", err
	}
	clients := url.URL{Scheme: "unix", Host: "localhost:1"}
	peers := url.URL{Scheme: "unix", Host: "localhost:2"}
	config := embed.NewConfig()
	config.Dir = filepath.Join(directory, "etcd")
	config.LogLevel = "error"
	config.UnsafeNoFsync = true
	config.ListenClientUrls, config.AdvertiseClientUrls = []url.URL{clients}, []url.URL{clients}
	config.ListenPeerUrls, config.AdvertisePeerUrls = []url.URL{peers}, []url.URL{peers}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	etcd, err := embed.StartEtcd(config)
	if err != nil {
		return "", err
	}
	<-etcd.Server.ReadyNotify()
	return clients.String(), nil
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: apiserver DIRECTORY FLAG…")
		os.Exit(2)
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	etcd, err := startEtcd(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "etcd:", err)
		os.Exit(1)
	}
	command := app.NewAPIServerCommand()
	command.SetArgs(append(os.Args[2:], "--etcd-servers="+etcd))
	os.Exit(cli.Run(command))
}
