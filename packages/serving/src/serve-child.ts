import { serveRequests } from "@mammoflow/runtime";
import { answerRequest } from "./child/answer-request.ts";

serveRequests(answerRequest);
