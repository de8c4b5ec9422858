# ChronDB's image. Build: docker build -t chrondb .
# Run:   docker run -e CHRONDB_PASSWORD=… -v chrondb-data:/app/data -p 127.0.0.1:3000:3000 -p 127.0.0.1:6379:6379 -p 127.0.0.1:5432:5432 chrondb
# Inside a container the server listens on every address, so it refuses to start without CHRONDB_PASSWORD or
# CHRONDB_PASSWORD_FILE. Credentials travel unencrypted: publish the ports to a private network or put a TLS proxy in front.

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm install --no-save --omit=dev --ignore-scripts --no-audit --no-fund \
  && cp package-lock.json node_modules/.installed-lock

FROM node:24-slim
# git: for people who look into /app/data, and for what the server leaves to stock git.
RUN apt-get update \
  && apt-get install -y --no-install-recommends git \
  && rm -rf /var/lib/apt/lists/* \
  && groupadd --system --gid 10001 chrondb \
  && useradd --system --uid 10001 --gid chrondb --home-dir /app --no-create-home --shell /usr/sbin/nologin chrondb
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json package-lock.json ./
COPY bin bin
COPY config config
COPY src src
RUN ln -s /app/bin/chrondb /usr/local/bin/chrondb \
  && install -d -o chrondb -g chrondb -m 0700 /app/data
ENV NODE_ENV=production CHRONDB_HOST=0.0.0.0 CHRONDB_DATA_DIR=/app/data
USER chrondb
VOLUME /app/data
EXPOSE 3000 6379 5432
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.CHRONDB_REST_PORT || 3000}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/app/bin/chrondb"]
CMD ["server"]
