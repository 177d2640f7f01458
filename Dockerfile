# Node 26 is the release in active support since October 2026; 24 is in maintenance (nodejs/Release, schedule.json).
ARG NODE_IMAGE=docker.io/library/node:26-slim
# Only to build with: what it makes is one static file (docs/adr/0009-a-static-program-looks.md).
ARG GO_IMAGE=docker.io/library/golang:1.26

FROM --platform=$BUILDPLATFORM ${GO_IMAGE} AS observe
# Set by the builder: Go compiles for every target without an emulator.
ARG TARGETOS
ARG TARGETARCH
ENV PATH=/usr/local/go/bin:$PATH
WORKDIR /observe
COPY observe .
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH GOTOOLCHAIN=local GOFLAGS=-mod=mod \
    go build -trimpath -buildvcs=false -ldflags='-s -w' -o lithopod-observe .

# The bundle is the same for every target, so all of the building happens on the builder's own platform.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Without scripts: no package runs code here, and our own `prepare` would build before the sources are there.
RUN npm ci --ignore-scripts
COPY .prettierrc.json tsconfig.json tsconfig.build.json ./
COPY tools tools
COPY src src
COPY profiles profiles
RUN npm run build

# No RUN from here on: for a foreign platform it would need an emulator.
FROM ${NODE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Lithopod" \
      org.opencontainers.image.description="Mutating admission webhook that gives pods a read-only root, and writable mounts where their images need them" \
      org.opencontainers.image.source="https://github.com/lithopod/lithopod" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV NODE_ENV=production
# By itself glibc makes up to eight heaps a core, one for each thread, and keeps in all of them what is free.
ENV MALLOC_ARENA_MAX=2
WORKDIR /app
# The program, every package in it, and what scanners read of these (dist/lithopod.cdx.json).
COPY --from=build /app/dist dist
# What `lithopod learn` runs beside a container.
COPY --from=observe /observe/lithopod-observe observe/lithopod-observe
COPY package.json LICENSE ./
COPY profiles profiles
# What `lithopod install` prints.
COPY manifests manifests
COPY overlays overlays
# By number: a kubelet cannot tell whether a name is root. Every file above is root's and readable: nothing is written.
USER 65532:65532
EXPOSE 8443 8080
# After the memory of its pod V8 would take so little for what is new that half of the throughput is lost, and for what is old
# all that there is, which the rest of the process needs as well (docs/adr/0006-large-reviews-wait.md).
ENTRYPOINT ["node", "--max-semi-space-size=16", "--max-old-space-size=192", "/app/dist/cli/main.js"]
CMD ["serve"]
