apt-get install -y -qq --no-install-recommends docker-registry ca-certificates
mv /usr/bin/docker-registry /usr/bin/registry
rm -rf /var/lib/docker-registry /etc/docker/registry/config.yml
cat > /etc/docker/registry/config.yml << 'YAML'
version: 0.1
log:
  fields:
    service: registry
storage:
  cache:
    blobdescriptor: inmemory
  filesystem:
    rootdirectory: /var/lib/registry
http:
  addr: :5000
  headers:
    X-Content-Type-Options: [nosniff]
health:
  storagedriver:
    enabled: true
    interval: 10s
    threshold: 3
YAML
mkdir /var/lib/registry
/bin/registry --version
