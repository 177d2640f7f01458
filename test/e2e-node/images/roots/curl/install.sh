apt-get install -y -qq --no-install-recommends curl ca-certificates
groupadd --system --gid 101 curl_group
useradd --system --uid 100 --gid curl_group --create-home --home-dir /home/curl_user curl_user
cp -L /etc/ssl/certs/ca-certificates.crt /cacert.pem
curl --version
